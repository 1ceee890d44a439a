//! Trains a small convolutional network on handwritten digits, with `einsum!` and `einsum_vjp!` for all its
//! layers and all their gradients (they are in `net.rs`), and draws what it has learnt.
//!
//! ```text
//! cargo run --release --example digits
//! ```

mod adam;
mod canvas;
mod chart;
mod idx;
mod net;
mod options;
mod pictures;
mod score;

use adam::Adam;
use fastrand::Rng;
use idx::Digits;
use indicatif::{ProgressBar, ProgressStyle};
use ndarray::prelude::*;
use net::{Net, loss, pad};
use options::{Options, USAGE};
use pictures::History;
use score::Score;
use std::{f32::consts::PI, panic, process::ExitCode, thread, time::Instant};

/// Digits per step.
const BATCH: usize = 32;
/// The learning rate of the first step; from there it falls to nothing along half a cosine.
const RATE: f32 = 4e-3;
/// Threads, each with an equal share of a batch. A fixed number, because the gradients of the shares are added
/// up, and a sum that another machine splits in another way is rounded in another way.
const SHARES: usize = 4;

fn main() -> ExitCode {
    let done = match Options::parse() {
        Ok(Some(options)) => run(&options),
        Ok(None) => {
            println!("{USAGE}");
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("digits: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let start = Instant::now();
    let (train, test) = read_digits(options)?;
    pictures::make_folder(&options.out)?;

    let mut training = Training::new(&train, options);
    println!(
        "{} parameters, {} digits to learn from, {} to test with",
        training.net.parameters().iter().map(|parameter| parameter.len()).sum::<usize>(),
        train.len(),
        test.len(),
    );
    let mut history = History::default();
    for epoch in 1..=options.epochs {
        let epoch_start = Instant::now();
        let bar = progress_bar(&format!("epoch {epoch}/{}", options.epochs), &train);
        let learnt = training.epoch(&train, &bar, &mut history.losses);
        let tested = examine(&training.net, &test);
        bar.finish_and_clear();
        println!(
            "epoch {epoch}/{}: loss {:.4}, recognised {:.2} % in training, {:.2} % of the test digits ({:.1} s)",
            options.epochs,
            learnt.mean_loss(),
            learnt.percent_right(),
            tested.percent_right(),
            epoch_start.elapsed().as_secs_f64(),
        );
        history.epochs.push((learnt, tested));
    }
    println!("trained in {:.1} s", start.elapsed().as_secs_f64());
    pictures::draw_all(&options.out, &training.net, &history, &test)
}

fn read_digits(options: &Options) -> Result<(Digits, Digits), String> {
    let mut train = Digits::read(&options.data, "train")?;
    let mut test = Digits::read(&options.data, "t10k")?;
    if options.quick {
        train.truncate(1600);
        test.truncate(400);
    }
    Ok((train, test))
}

/// A network on its way, and what moves it.
struct Training {
    net: Net<f32>,
    adam: Adam,
    rng: Rng,
    step: usize,
    steps: usize,
}

impl Training {
    fn new(train: &Digits, options: &Options) -> Self {
        let mut rng = Rng::with_seed(options.seed);
        let net = Net::random(&mut rng);
        let adam = Adam::new(&net);
        Training { net, adam, rng, step: 0, steps: options.epochs * train.len().div_ceil(BATCH) }
    }

    /// Shows the network every digit once, in random order. `losses` gets the mean loss of each batch.
    fn epoch(&mut self, train: &Digits, bar: &ProgressBar, losses: &mut Vec<f32>) -> Score {
        let margin = pad(&train.images, [1, 1]);
        let mut order: Vec<usize> = (0..train.len()).collect();
        self.rng.shuffle(&mut order);
        let mut total = Score::default();
        for picks in order.chunks(BATCH) {
            let images = nudged(&margin, picks, &mut self.rng);
            let labels: Vec<usize> = picks.iter().map(|&pick| train.labels[pick]).collect();
            let score = self.learn(&images, &labels);
            losses.push(score.mean_loss());
            bar.set_message(format!("{:.3}", score.mean_loss()));
            bar.inc(1);
            total += score;
        }
        total
    }

    /// One step of gradient descent.
    fn learn(&mut self, images: &ArrayRef4<f32>, labels: &[usize]) -> Score {
        let net = &self.net;
        let shares = on_shares(images, labels, |images, labels| {
            let trace = net.forward(images);
            let (loss, d_scores) = loss(&trace.scores, labels);
            (Score::new(loss, &trace.scores, labels), net.gradient(images, &trace, &d_scores))
        });
        let (score, gradient) = shares
            .into_iter()
            .reduce(|(score, gradient), (more, further)| (score + more, gradient + further))
            .expect("a batch is not empty");
        let rate = RATE * (1.0 + (PI * self.step as f32 / self.steps as f32).cos()) / 2.0;
        self.adam.step(&mut self.net, &gradient, rate);
        self.step += 1;
        score
    }
}

/// The picked images, each moved by up to a pixel, so that the network sees no image twice. `margin` holds all
/// the images with a margin of one pixel.
fn nudged(margin: &Array4<f32>, picks: &[usize], rng: &mut Rng) -> Array4<f32> {
    let mut images = Array::zeros((picks.len(), 1, 28, 28));
    for (mut image, &pick) in images.outer_iter_mut().zip(picks) {
        let (top, left) = (rng.usize(..=2), rng.usize(..=2));
        image.assign(&margin.slice(s![pick, .., top..top + 28, left..left + 28]));
    }
    images
}

/// Asks the network for all `digits`.
fn examine(net: &Net<f32>, digits: &Digits) -> Score {
    let scores = on_shares(&digits.images, &digits.labels, |images, labels| {
        let scores = net.forward(images).scores;
        Score::new(loss(&scores, labels).0, &scores, labels)
    });
    scores.into_iter().fold(Score::default(), |total, score| total + score)
}

/// Splits the samples into shares, works on each in a thread of its own, and gives the results in order.
fn on_shares<R: Send>(
    images: &ArrayRef4<f32>,
    labels: &[usize],
    work: impl Fn(&ArrayRef4<f32>, &[usize]) -> R + Sync,
) -> Vec<R> {
    let size = labels.len().div_ceil(SHARES);
    let shares = images.axis_chunks_iter(Axis(0), size).zip(labels.chunks(size));
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> =
            shares.map(|(images, labels)| scope.spawn(move || work(&images, labels))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|cause| panic::resume_unwind(cause)))
            .collect()
    })
}

/// Draws nothing where there is no terminal.
fn progress_bar(title: &str, train: &Digits) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{prefix} {bar:40} {pos}/{len} batches, loss {msg}, {eta} to go")
            .expect("the template is sound");
    ProgressBar::new(train.len().div_ceil(BATCH) as u64).with_style(style).with_prefix(title.to_owned())
}
