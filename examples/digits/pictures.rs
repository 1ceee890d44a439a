//! Pictures of the training and of what the network has learnt.

use crate::{
    canvas::{Canvas, FAINT, INK, LARGE, NORMAL, Palette, SMALL, diverging, inked, rising},
    chart::{Chart, Curve},
    idx::Digits,
    net::{Net, softmax},
    score::{Score, largest},
};
use embedded_graphics::{
    pixelcolor::Rgb888,
    prelude::*,
    primitives::Rectangle,
    text::Alignment::{Center, Left, Right},
};
use ndarray::prelude::*;
use std::{fs, path::Path};

/// What was measured during the training.
#[derive(Default)]
pub(crate) struct History {
    /// The mean loss of every batch.
    pub(crate) losses: Vec<f32>,
    /// After every epoch: in training, and on the test digits.
    pub(crate) epochs: Vec<(Score, Score)>,
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Draws everything, and says where it is.
pub(crate) fn draw_all(
    folder: &Path,
    net: &Net<f32>,
    history: &History,
    test: &Digits,
) -> Result<(), String> {
    let (_, tested) = history.epochs.last().expect("there was at least one epoch");
    let pictures = [
        ("curves.png", curves(history)),
        ("filters.png", filters(net)),
        ("feature-maps.png", feature_maps(net, test)),
        ("confusion.png", confusion(tested)),
    ];
    println!("pictures in {}:", folder.display());
    for (name, picture) in pictures {
        picture.save(&folder.join(name))?;
        println!("  {name}");
    }
    Ok(())
}

/// Loss and accuracy, epoch by epoch.
fn curves(history: &History) -> Canvas {
    let epochs = history.epochs.len();
    let [learnt_loss, tested_loss] = after_epochs(history, Score::mean_loss);
    let [learnt_right, tested_right] = after_epochs(history, Score::percent_right);
    let mut canvas = Canvas::new(1240, 520);

    let mut fine = learnt_loss;
    fine.points = tenths_of_epochs(&history.losses, epochs);
    let corner = Point::new(80, 70);
    Chart::logarithmic("loss (cross-entropy per digit)", corner, epochs, &[fine, tested_loss])
        .draw(&mut canvas);

    let last = tested_right.points.last().map_or(0.0, |&(_, percent)| percent);
    let title = format!("digits recognised, in % (test digits in the end: {last:.2})");
    let corner = Point::new(700, 70);
    Chart::percent(&title, corner, epochs, &[learnt_right, tested_right]).draw(&mut canvas);
    canvas
}

/// One value of each epoch: in training, and on the test digits.
fn after_epochs(history: &History, value: fn(&Score) -> f32) -> [Curve; 2] {
    let epochs = || (1..).map(|epoch| epoch as f32).zip(&history.epochs);
    [
        Curve::training(epochs().map(|(epoch, (learnt, _))| (epoch, value(learnt))).collect()),
        Curve::test(epochs().map(|(epoch, (_, tested))| (epoch, value(tested))).collect()),
    ]
}

/// The loss of single batches jumps about; its mean over a tenth of an epoch shows where it goes.
fn tenths_of_epochs(losses: &[f32], epochs: usize) -> Vec<(f32, f32)> {
    let tenth = losses.len().div_ceil(10 * epochs);
    let epochs_per_batch = epochs as f32 / losses.len() as f32;
    let middle = |index: usize, part: &[f32]| (index * tenth) as f32 + part.len() as f32 / 2.0;
    let parts = losses.chunks(tenth).enumerate();
    parts
        .map(|(index, part)| {
            (middle(index, part) * epochs_per_batch, part.iter().sum::<f32>() / part.len() as f32)
        })
        .collect()
}

/// The kernels of both convolutions.
fn filters(net: &Net<f32>) -> Canvas {
    let mut canvas = Canvas::new(1060, 800);
    canvas.text("The kernels that the network has learnt", Point::new(30, 30), &LARGE, Left);

    let kernel = &net.conv1.kernel;
    let limit = limit(kernel.iter());
    canvas.text("First layer: 8 filters of 5×5 pixels", Point::new(30, 75), &NORMAL, Left);
    scale(&mut canvas, Point::new(790, 69), diverging, [-limit, limit]);
    for (index, filter) in kernel.outer_iter().enumerate() {
        let corner = Point::new(30 + 125 * index as i32, 100);
        canvas.map(filter.index_axis(Axis(0), 0).mapv(|weight| weight / limit).view(), corner, 20, diverging);
        canvas.text(&format!("filter {}", index + 1), corner + Point::new(50, 112), &SMALL, Center);
    }

    let kernel = &net.conv2.kernel;
    let limit = self::limit(kernel.iter());
    let text = "Second layer: 16 filters (columns), which read 3×3 pixels of every map (rows)";
    canvas.text(text, Point::new(30, 265), &NORMAL, Left);
    scale(&mut canvas, Point::new(790, 259), diverging, [-limit, limit]);
    for (output, filter) in kernel.outer_iter().enumerate() {
        let left = 88 + 59 * output as i32;
        canvas.text(&format!("{}", output + 1), Point::new(left + 24, 300), &SMALL, Center);
        for (input, weights) in filter.outer_iter().enumerate() {
            let corner = Point::new(left, 315 + 59 * input as i32);
            canvas.map(weights.mapv(|weight| weight / limit).view(), corner, 16, diverging);
        }
    }
    for input in 0..kernel.len_of(Axis(1)) {
        let at = Point::new(78, 315 + 24 + 59 * input as i32);
        canvas.text(&format!("map {}", input + 1), at, &SMALL, Right);
    }
    canvas
}

/// What the layers make of a test digit: a three, if there is one, for it has strokes in all directions.
fn feature_maps(net: &Net<f32>, test: &Digits) -> Canvas {
    let shown = test.labels.iter().position(|&label| label == 3).unwrap_or(0);
    let image = test.images.slice(s![shown..=shown, .., .., ..]);
    let trace = net.forward(&image);
    let mut canvas = Canvas::new(1160, 590);
    canvas.text("From the image of a digit to an answer", Point::new(30, 30), &LARGE, Left);

    canvas.text(&format!("A test digit: {}", test.labels[shown]), Point::new(30, 75), &NORMAL, Left);
    canvas.map(image.slice(s![0, 0, .., ..]), Point::new(30, 100), 6, inked);
    beliefs(&mut canvas, softmax(&trace.scores).row(0), Point::new(30, 330));

    let title = "First layer: what each of the 8 filters finds";
    maps(&mut canvas, title, trace.conv1.index_axis(Axis(0), 0), 4, Point::new(250, 75));
    let title = "Second layer: what each of the 16 filters finds in those";
    maps(&mut canvas, title, trace.conv2.index_axis(Axis(0), 0), 9, Point::new(250, 275));
    canvas
}

/// Maps in rows of eight, of `cell` pixels for each number, in one scale of colours.
fn maps(canvas: &mut Canvas, title: &str, maps: ArrayView3<'_, f32>, cell: u32, at: Point) {
    let limit = limit(maps.iter());
    canvas.text(title, at, &NORMAL, Left);
    scale(canvas, at + Point::new(630, -6), rising, [0.0, limit]);
    let side = cell as i32 * maps.len_of(Axis(1)) as i32;
    for (index, map) in maps.outer_iter().enumerate() {
        let (row, column) = (index as i32 / 8, index as i32 % 8);
        let corner = at + Point::new(112 * column, 25 + (side + 35) * row);
        canvas.map(map.mapv(|value| value / limit).view(), corner, cell, rising);
        canvas.text(&format!("{}", index + 1), corner + Point::new(side / 2, side + 12), &SMALL, Center);
    }
}

/// A bar for the probability of each digit.
fn beliefs(canvas: &mut Canvas, beliefs: ArrayView1<'_, f32>, at: Point) {
    let answer = largest(beliefs);
    canvas.text(&format!("The answer: {answer}"), at - Point::new(0, 22), &NORMAL, Left);
    for (digit, &belief) in beliefs.indexed_iter() {
        let row = at + Point::new(0, 24 * digit as i32 + 8);
        canvas.text(&format!("{digit}"), row, &NORMAL, Left);
        let bar = Rectangle::new(row + Point::new(16, -8), Size::new(100, 15));
        canvas.fill(bar, FAINT);
        let filled = Size::new((100.0 * belief).round() as u32, bar.size.height);
        canvas.fill(Rectangle::new(bar.top_left, filled), inked(0.75));
        canvas.text(&format!("{:.1} %", 100.0 * belief), row + Point::new(185, 0), &SMALL, Right);
    }
}

/// How often a digit was taken for another.
fn confusion(score: &Score) -> Canvas {
    let mut canvas = Canvas::new(810, 740);
    let title = format!("{} of {} test digits recognised", score.right(), score.digits());
    let title = format!("{title} ({:.2} %)", score.percent_right());
    canvas.text(&title, Point::new(30, 30), &LARGE, Left);
    let (corner, side) = (Point::new(110, 130), 58);
    canvas.text("the network's answer", corner + Point::new(5 * side, -50), &NORMAL, Center);
    canvas.text("the digit", corner + Point::new(-12, -22), &NORMAL, Right);
    canvas.text("recognised", corner + Point::new(10 * side + 12, -22), &NORMAL, Left);
    for (digit, answers) in score.answers.outer_iter().enumerate() {
        let along = side * digit as i32 + side / 2;
        canvas.text(&format!("{digit}"), corner + Point::new(along, -22), &LARGE, Center);
        canvas.text(&format!("{digit}"), corner + Point::new(-12, along), &LARGE, Right);
        let total = answers.sum().max(1) as f32;
        for (answer, &count) in answers.indexed_iter() {
            let at = corner + Point::new(side * answer as i32, side * digit as i32);
            count_cell(
                &mut canvas,
                Rectangle::new(at, Size::new_equal(side as u32)),
                count,
                count as f32 / total,
            );
        }
        let percent = format!("{:.1} %", 100.0 * answers[digit] as f32 / total);
        canvas.text(&percent, corner + Point::new(10 * side + 12, along), &NORMAL, Left);
    }
    canvas
}

/// The root of the share is what is shown as a colour: in proportion, the few mistakes would all look white.
fn count_cell(canvas: &mut Canvas, area: Rectangle, count: usize, share: f32) {
    let shade = share.sqrt();
    canvas.fill(area, inked(0.8 * shade));
    canvas.frame(area, FAINT);
    if count > 0 {
        let colour = if shade > 0.6 { Rgb888::WHITE } else { INK };
        canvas.coloured_text(&format!("{count}"), area.center(), &NORMAL, Center, colour);
    }
}

/// Which colour stands for which number, with the numbers at the `ends`.
fn scale(canvas: &mut Canvas, corner: Point, palette: Palette, [low, high]: [f32; 2]) {
    const LENGTH: i32 = 120;
    let largest = low.abs().max(high.abs());
    let left = corner + Point::new(50, 0);
    for step in 0..LENGTH {
        let number = low + (high - low) * step as f32 / (LENGTH - 1) as f32;
        canvas.fill(Rectangle::new(left + Point::new(step, 0), Size::new(1, 12)), palette(number / largest));
    }
    canvas.frame(Rectangle::new(left, Size::new(LENGTH as u32, 12)), FAINT);
    canvas.text(&format!("{low:.2}"), left + Point::new(-8, 6), &SMALL, Right);
    canvas.text(&format!("{high:.2}"), left + Point::new(LENGTH + 8, 6), &SMALL, Left);
}

/// The largest magnitude, and never zero, for it will divide.
fn limit<'a>(numbers: impl Iterator<Item = &'a f32>) -> f32 {
    numbers.fold(f32::MIN_POSITIVE, |limit, number| limit.max(number.abs()))
}
