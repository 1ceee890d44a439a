//! Curves over the epochs of a training, with axes.

use crate::canvas::{BLUE, Canvas, FAINT, INK, LARGE, NORMAL, ORANGE, SMALL};
use embedded_graphics::{
    pixelcolor::Rgb888,
    prelude::*,
    primitives::Rectangle,
    text::Alignment::{Center, Left, Right},
};

pub(crate) struct Curve {
    name: &'static str,
    colour: Rgb888,
    /// Epoch and value.
    pub(crate) points: Vec<(f32, f32)>,
}

impl Curve {
    pub(crate) fn training(points: Vec<(f32, f32)>) -> Self {
        Curve { name: "in training, during each epoch", colour: BLUE, points }
    }

    pub(crate) fn test(points: Vec<(f32, f32)>) -> Self {
        Curve { name: "on the test digits, after each epoch", colour: ORANGE, points }
    }
}

pub(crate) struct Chart<'a> {
    title: &'a str,
    area: Rectangle,
    epochs: usize,
    curves: &'a [Curve],
    /// Values with a line and a number, from the lowest to the highest: they bound the chart.
    ticks: Vec<f32>,
    /// How values are spread along their axis.
    spread: fn(f32) -> f32,
    /// The row of the legend, from the top.
    legend: i32,
}

impl<'a> Chart<'a> {
    /// For values that fall through orders of magnitude.
    pub(crate) fn logarithmic(title: &'a str, corner: Point, epochs: usize, curves: &'a [Curve]) -> Self {
        let ladder = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
        let ticks = rungs(&ladder, curves);
        Chart { title, area: area(corner), epochs, curves, ticks, spread: f32::log10, legend: 20 }
    }

    /// For values that rise towards a hundred.
    pub(crate) fn percent(title: &'a str, corner: Point, epochs: usize, curves: &'a [Curve]) -> Self {
        let lowest = values(curves).fold(100.0, f32::min);
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| 100.0 - lowest <= 10.0 * step).unwrap_or(20.0);
        let steps = ((100.0 - lowest) / step).ceil().max(1.0) as u8;
        let ticks = (0..=steps).rev().map(|below| 100.0 - step * f32::from(below)).collect();
        Chart { title, area: area(corner), epochs, curves, ticks, spread: |value| value, legend: 320 }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        self.draw_axes(canvas);
        for (row, curve) in (0..).zip(self.curves) {
            self.draw_legend(canvas, row, curve);
        }
        for curve in self.curves {
            let points: Vec<Point> =
                curve.points.iter().map(|&(epoch, value)| self.at(epoch, value)).collect();
            canvas.line(&points, curve.colour, 2);
            if points.len() <= self.epochs {
                points.iter().for_each(|&point| canvas.dot(point, 8, curve.colour));
            }
        }
    }

    fn draw_legend(&self, canvas: &mut Canvas, row: i32, curve: &Curve) {
        let at = self.area.top_left + Point::new(150, self.legend + 22 * row);
        // No line of the axes shall cross the text.
        canvas.fill(Rectangle::new(at - Point::new(40, 11), Size::new(310, 22)), Rgb888::WHITE);
        canvas.fill(Rectangle::new(at - Point::new(34, 1), Size::new(24, 3)), curve.colour);
        canvas.text(curve.name, at, &SMALL, Left);
    }

    fn draw_axes(&self, canvas: &mut Canvas) {
        let Size { width, height } = self.area.size;
        let foot = self.area.top_left + Point::new(0, height as i32);
        canvas.text(self.title, self.area.top_left - Point::new(0, 32), &NORMAL, Left);
        for &value in &self.ticks {
            let start = self.at(0.0, value);
            canvas.line(&[start, start + Point::new(width as i32, 0)], FAINT, 1);
            canvas.text(&format!("{value}"), start - Point::new(10, 0), &NORMAL, Right);
        }
        for epoch in (0..=self.epochs).step_by(self.epochs.div_ceil(10)) {
            let tick = Point::new(self.at(epoch as f32, self.ticks[0]).x, foot.y);
            canvas.line(&[tick, tick + Point::new(0, 6)], INK, 1);
            canvas.text(&format!("{epoch}"), tick + Point::new(0, 18), &NORMAL, Center);
        }
        canvas.line(&[self.area.top_left, foot, foot + Point::new(width as i32, 0)], INK, 1);
        canvas.text("epoch", foot + Point::new(width as i32 / 2, 44), &LARGE, Center);
    }

    fn at(&self, epoch: f32, value: f32) -> Point {
        let [low, high] = [self.ticks[0], self.ticks[self.ticks.len() - 1]].map(self.spread);
        let Size { width, height } = self.area.size;
        let right = epoch / self.epochs as f32;
        let up = ((self.spread)(value) - low) / (high - low);
        let down = (1.0 - up).clamp(0.0, 1.0);
        self.area.top_left + Point::new((right * width as f32) as i32, (down * height as f32) as i32)
    }
}

fn area(corner: Point) -> Rectangle {
    Rectangle::new(corner, Size::new(500, 380))
}

/// The part of the ladder that reaches from below the lowest value to above the highest.
fn rungs(ladder: &[f32], curves: &[Curve]) -> Vec<f32> {
    let lowest = values(curves).fold(f32::INFINITY, f32::min);
    let highest = values(curves).fold(0.0, f32::max);
    let last = ladder.len() - 1;
    let from = ladder.iter().rposition(|&rung| rung <= lowest).unwrap_or(0).min(last - 1);
    let to = ladder.iter().position(|&rung| rung >= highest).unwrap_or(last).max(from + 1);
    ladder[from..=to].to_vec()
}

fn values(curves: &[Curve]) -> impl Iterator<Item = f32> + '_ {
    curves.iter().flat_map(|curve| curve.points.iter().map(|&(_, value)| value))
}
