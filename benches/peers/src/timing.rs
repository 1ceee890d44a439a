//! Times of calls: batches long enough for the clock, and their median.

use crate::run::Run;
use std::time::{Duration, Instant};

/// A batch this long makes the clock's own cost and resolution small: about 1 in 1000.
const BATCH: Duration = Duration::from_micros(50);

/// A call this long is a sample of its own, the first one as well: what is left of the last system in the caches is soon gone.
/// `worker.py` has the same.
const LONG: Duration = Duration::from_millis(50);

pub struct Timing {
    /// Nanoseconds per call.
    pub median: f64,
    pub calls: usize,
}

/// Calls for about `budget`, the first one not counted unless it is long; at least one is.
pub fn repeated(run: &mut dyn Run, budget: Duration) -> Timing {
    let start = Instant::now();
    let mut batch = 1;
    let mut elapsed = time(run, batch);
    if elapsed >= LONG {
        return Timing { median: elapsed.as_nanos() as f64, calls: 1 };
    }
    while elapsed < BATCH {
        batch *= 2;
        elapsed = time(run, batch);
    }
    let mut samples = Vec::new();
    while samples.is_empty() || start.elapsed() < budget {
        samples.push(time(run, batch).as_nanos() as f64 / batch as f64);
    }
    let calls = samples.len() * batch;
    Timing { median: median(&mut samples), calls }
}

fn time(run: &mut dyn Run, calls: usize) -> Duration {
    let start = Instant::now();
    run.repeat(calls);
    start.elapsed()
}

/// The middle of `samples`, or the mean of the two in the middle.
pub fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    if samples.len() % 2 == 1 { samples[middle] } else { (samples[middle - 1] + samples[middle]) / 2.0 }
}
