//! `cargo bench -- [REGEX]`: the workloads whose names match, ndeinsum beside the Rust peers, one thread.
//!
//! A quick look for people who work on kernels; `compare.py` has the other peers and checks the numbers.

use ndeinsum_peers::operands::Operands;
use ndeinsum_peers::run::Run;
use ndeinsum_peers::systems::{SYSTEMS, Supported, System, Visit, with_element};
use ndeinsum_peers::workload::Workload;
use ndeinsum_peers::{table, timing};
use regex::Regex;
use std::time::Duration;

const ROUNDS: usize = 5;
const SLICE: Duration = Duration::from_millis(20);

/// Slower than this, relative to ndeinsum, a system is not worth the time of more rounds.
const HOPELESS: f64 = 20.0;

fn main() {
    let pattern = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let pattern = Regex::new(pattern.as_deref().unwrap_or("")).expect("the argument is a regular expression");
    print!("{:44}", "µs per call");
    SYSTEMS.iter().for_each(|system| print!("{:>16}", system.name()));
    println!("{:>12}", "best/ours");
    for workload in table::workloads().iter().chain(&table::sweep()) {
        if pattern.is_match(&workload.name) {
            with_element(workload.dtype, Row(workload));
        }
    }
}

struct Row<'w>(&'w Workload);

impl Visit for Row<'_> {
    fn visit<T: Supported>(self) {
        let operands = Operands::<T>::of(self.0);
        let medians =
            interleaved(SYSTEMS.map(|system: System| T::prepare(system, self.0, &operands, 1).ok()));
        print!("{:44}", self.0.name);
        for median in medians {
            match median {
                Some(nanoseconds) => print!("{:16.2}", nanoseconds / 1e3),
                None => print!("{:>16}", "–"),
            }
        }
        let best = medians[1..].iter().flatten().copied().fold(f64::INFINITY, f64::min);
        println!("{:12.2}", best / medians[0].unwrap_or(f64::NAN));
    }
}

fn interleaved(mut calls: [Option<Box<dyn Run + '_>>; SYSTEMS.len()]) -> [Option<f64>; SYSTEMS.len()] {
    let mut samples = calls.each_ref().map(|_| Vec::new());
    for round in 0..ROUNDS {
        for (position, call) in calls.iter_mut().enumerate() {
            let hopeless = round > 0
                && matches!((samples[0].first(), samples[position].first()), (Some(ours), Some(theirs)) if *theirs > HOPELESS * ours);
            if let (Some(call), false) = (call, hopeless) {
                samples[position].push(timing::repeated(call.as_mut(), SLICE).median);
            }
        }
    }
    samples.map(|mut samples| (!samples.is_empty()).then(|| timing::median(&mut samples)))
}
