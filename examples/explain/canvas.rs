//! Marks on a page: what the drawing is made of.

use super::layout::Point;
use svg::{
    Document, Node,
    node::element::{Circle, Path, Rectangle, Text},
};

pub(crate) const INK: &str = "#1e293b";
pub(crate) const FAINT: &str = "#64748b";
pub(crate) const OPERAND: &str = "#dbeafe";
pub(crate) const OPERAND_EDGE: &str = "#2563eb";
/// Of indices that are summed over.
pub(crate) const SUMMED: &str = "#475569";
/// Of indices of the output.
pub(crate) const KEPT: &str = "#0f9488";
/// Of the costliest step.
pub(crate) const COSTLY: &str = "#dc2626";
pub(crate) const COSTLY_BAND: &str = "#fee2e2";
pub(crate) const BAND: &str = "#f1f5f9";

const SANS: &str = "DejaVu Sans, Verdana, Helvetica, sans-serif";
const MONO: &str = "DejaVu Sans Mono, Menlo, Consolas, monospace";

/// How a text is set.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) is_mono: bool,
    pub(crate) is_bold: bool,
    pub(crate) colour: &'static str,
}

/// Names of indices and terms.
pub(crate) const TERM: Type = Type { size: 14.0, is_mono: true, is_bold: true, colour: INK };
/// Words and numbers.
pub(crate) const WORDS: Type = Type { size: 12.0, is_mono: false, is_bold: false, colour: INK };
/// What is by the way.
pub(crate) const SMALL: Type = Type { size: 11.0, is_mono: false, is_bold: false, colour: FAINT };

impl Type {
    /// How wide a text is, with some reserve.
    pub(crate) fn width(self, text: &str) -> f64 {
        // Capitals and digits of the proportional font, too.
        let narrow = if self.is_mono { 0.605 } else { 0.6 };
        text.chars().map(|c| if c >= '\u{1100}' { 1.05 } else { narrow } * self.size).sum()
    }
}

/// An area.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) from: Point,
    pub(crate) to: Point,
}

impl Area {
    pub(crate) fn around(middle: Point, width: f64, height: f64) -> Area {
        let half = Point { x: width / 2.0, y: height / 2.0 };
        Area { from: middle - half, to: middle + half }
    }

    pub(crate) fn middle(self) -> Point {
        (self.from + self.to) * 0.5
    }

    pub(crate) fn grown(self, by: f64) -> Area {
        let by = Point { x: by, y: by };
        Area { from: self.from - by, to: self.to + by }
    }

    pub(crate) fn contains(self, point: Point) -> bool {
        (self.from.x..=self.to.x).contains(&point.x) && (self.from.y..=self.to.y).contains(&point.y)
    }

    /// How much two areas have in common.
    pub(crate) fn overlap(self, other: Area) -> f64 {
        let width = self.to.x.min(other.to.x) - self.from.x.max(other.from.x);
        let height = self.to.y.min(other.to.y) - self.from.y.max(other.from.y);
        width.max(0.0) * height.max(0.0)
    }

    pub(crate) fn union(self, other: Area) -> Area {
        let from = Point { x: self.from.x.min(other.from.x), y: self.from.y.min(other.from.y) };
        Area { from, to: Point { x: self.to.x.max(other.to.x), y: self.to.y.max(other.to.y) } }
    }

    fn size(self) -> Point {
        self.to - self.from
    }
}

/// Which end of a text is at its place.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// A page.
#[derive(Default)]
pub(crate) struct Canvas {
    marks: Vec<Box<dyn Node>>,
}

impl Canvas {
    /// A text; `at` is on its middle line.
    pub(crate) fn text(&mut self, text: &str, at: Point, align: Align, set: Type) {
        let anchor = match align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let mark = Text::new(text)
            .set("x", rounded(at.x))
            // The middle of a line is at a third of its height above the foot of its letters.
            .set("y", rounded(at.y + set.size * 0.36))
            .set("text-anchor", anchor)
            .set("font-family", if set.is_mono { MONO } else { SANS })
            .set("font-size", rounded(set.size))
            .set("font-weight", if set.is_bold { "bold" } else { "normal" })
            .set("fill", set.colour);
        self.marks.push(Box::new(mark));
    }

    /// A filled area without a border.
    pub(crate) fn band(&mut self, area: Area, fill: &str) {
        self.rectangle(area, 3.0, fill, "none");
    }

    /// A term between round ends.
    pub(crate) fn pill(&mut self, area: Area, fill: &str, edge: &str) {
        self.rectangle(area, area.size().y / 2.0, fill, edge);
    }

    fn rectangle(&mut self, area: Area, radius: f64, fill: &str, edge: &str) {
        let mark = Rectangle::new()
            .set("x", rounded(area.from.x))
            .set("y", rounded(area.from.y))
            .set("width", rounded(area.size().x))
            .set("height", rounded(area.size().y))
            .set("rx", rounded(radius))
            .set("fill", fill)
            .set("stroke", edge)
            .set("stroke-width", 1.5);
        self.marks.push(Box::new(mark));
    }

    pub(crate) fn circle(&mut self, at: Point, radius: f64, fill: &str, edge: &str) {
        let mark = Circle::new()
            .set("cx", rounded(at.x))
            .set("cy", rounded(at.y))
            .set("r", rounded(radius))
            .set("fill", fill)
            .set("stroke", edge)
            .set("stroke-width", 1.5);
        self.marks.push(Box::new(mark));
    }

    /// The number of a step.
    pub(crate) fn badge(&mut self, at: Point, number: usize, is_costly: bool, radius: f64) {
        let colour = if is_costly { COSTLY } else { INK };
        self.circle(at, radius, colour, "white");
        let size = if number < 10 { radius * 1.3 } else { radius * 1.1 };
        let set = Type { size, is_mono: false, is_bold: true, colour: "white" };
        self.text(&number.to_string(), at, Align::Middle, set);
    }

    /// A line through these points, of the path language of SVG.
    pub(crate) fn line(&mut self, path: String, width: f64, colour: &str) {
        let mark = Path::new()
            .set("d", path)
            .set("fill", "none")
            .set("stroke", colour)
            .set("stroke-width", rounded(width))
            .set("stroke-linejoin", "round")
            .set("stroke-linecap", "round");
        self.marks.push(Box::new(mark));
    }

    /// The page as a file.
    pub(crate) fn finish(self, width: f64, height: f64) -> String {
        let page = Document::new()
            .set("viewBox", (0, 0, width.ceil() as u64, height.ceil() as u64))
            .set("width", width.ceil() as u64)
            .set("height", height.ceil() as u64);
        let white = Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "white");
        let page = self.marks.into_iter().fold(page.add(white), Document::add);
        format!("{page}\n")
    }
}

/// To a tenth, which is exact enough and the same on all machines.
pub(crate) fn rounded(number: f64) -> f64 {
    // Without a sign of zero.
    (number * 10.0).round() / 10.0 + 0.0
}

/// How wide a line is that stands for so many elements: by the logarithm.
pub(crate) fn width_of(elements: f64) -> f64 {
    (1.0 + 0.55 * elements.max(1.0).log2()).min(12.0)
}
