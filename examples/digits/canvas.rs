//! A picture in memory, for drawing with text, lines and maps of numbers, and for saving as PNG.
//!
//! The letters come from `embedded-graphics`, which carries its fonts in itself: a system may have none.

use embedded_graphics::{
    mono_font::{MonoFont, MonoTextStyle, iso_8859_1 as fonts},
    pixelcolor::Rgb888,
    prelude::*,
    primitives::{Circle, Polyline, PrimitiveStyle, Rectangle},
    text::{Alignment, Baseline, Text, TextStyleBuilder},
};
use ndarray::prelude::*;
use std::{convert::Infallible, fs::File, io::BufWriter, path::Path};

pub(crate) const INK: Rgb888 = Rgb888::new(40, 40, 40);
pub(crate) const FAINT: Rgb888 = Rgb888::new(222, 222, 222);
pub(crate) const BLUE: Rgb888 = Rgb888::new(31, 119, 180);
pub(crate) const ORANGE: Rgb888 = Rgb888::new(230, 110, 10);

pub(crate) const SMALL: MonoFont<'_> = fonts::FONT_7X13;
pub(crate) const NORMAL: MonoFont<'_> = fonts::FONT_9X15;
pub(crate) const LARGE: MonoFont<'_> = fonts::FONT_10X20;

/// A colour for a number: from 0 to 1, or from -1 to 1.
pub(crate) type Palette = fn(f32) -> Rgb888;

pub(crate) struct Canvas {
    size: Size,
    /// Red, green and blue of each pixel, in row order.
    bytes: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Canvas { size: Size::new(width, height), bytes: vec![255; 3 * (width * height) as usize] }
    }

    /// `at` is half-way down the first letter, the middle letter or the last letter, as `alignment` says.
    pub(crate) fn text(&mut self, text: &str, at: Point, font: &MonoFont<'_>, alignment: Alignment) {
        self.coloured_text(text, at, font, alignment, INK);
    }

    pub(crate) fn coloured_text(
        &mut self,
        text: &str,
        at: Point,
        font: &MonoFont<'_>,
        alignment: Alignment,
        colour: Rgb888,
    ) {
        let style = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Middle).build();
        let text = Text::with_text_style(text, at, MonoTextStyle::new(font, colour), style);
        self.paint(|canvas| text.draw(canvas).map(drop));
    }

    pub(crate) fn line(&mut self, points: &[Point], colour: Rgb888, width: u32) {
        let line = Polyline::new(points).into_styled(PrimitiveStyle::with_stroke(colour, width));
        self.paint(|canvas| line.draw(canvas));
    }

    pub(crate) fn dot(&mut self, centre: Point, diameter: u32, colour: Rgb888) {
        let dot = Circle::with_center(centre, diameter).into_styled(PrimitiveStyle::with_fill(colour));
        self.paint(|canvas| dot.draw(canvas));
    }

    pub(crate) fn fill(&mut self, area: Rectangle, colour: Rgb888) {
        self.paint(|canvas| canvas.fill_solid(&area, colour));
    }

    pub(crate) fn frame(&mut self, area: Rectangle, colour: Rgb888) {
        let frame = area.offset(1).into_styled(PrimitiveStyle::with_stroke(colour, 1));
        self.paint(|canvas| frame.draw(canvas));
    }

    /// A square of `cell` by `cell` pixels for each number, in a frame.
    pub(crate) fn map(&mut self, numbers: ArrayView2<'_, f32>, corner: Point, cell: u32, palette: Palette) {
        let (rows, columns) = numbers.dim();
        for ((row, column), &number) in numbers.indexed_iter() {
            let at = corner + Point::new(column as i32, row as i32) * cell as i32;
            self.fill(Rectangle::new(at, Size::new_equal(cell)), palette(number));
        }
        self.frame(Rectangle::new(corner, Size::new(columns as u32, rows as u32) * cell), FAINT);
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), String> {
        let write = || -> Result<(), png::EncodingError> {
            let file = BufWriter::new(File::create(path)?);
            let mut encoder = png::Encoder::new(file, self.size.width, self.size.height);
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&self.bytes)?;
            writer.finish()
        };
        write().map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Drawing into memory cannot fail, and the type says so.
    fn paint(&mut self, draw: impl FnOnce(&mut Self) -> Result<(), Infallible>) {
        let Ok(()) = draw(self);
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, colour) in pixels {
            if self.bounding_box().contains(at) {
                let start = 3 * (at.y as usize * self.size.width as usize + at.x as usize);
                self.bytes[start..start + 3].copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

/// White for -1 and below is blue, for 0 white, for 1 and above red.
pub(crate) fn diverging(number: f32) -> Rgb888 {
    blend(
        &[[33, 80, 160], [120, 170, 215], [250, 250, 250], [235, 140, 110], [170, 30, 40]],
        (number + 1.0) / 2.0,
    )
}

/// From dark violet for 0 to yellow for 1: stops of matplotlib's viridis, whose lightness rises evenly.
pub(crate) fn rising(number: f32) -> Rgb888 {
    blend(&[[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], number)
}

/// From paper for 0 to blue ink for 1.
pub(crate) fn inked(number: f32) -> Rgb888 {
    blend(&[[255, 255, 255], [198, 219, 239], [107, 174, 214], [33, 113, 181], [8, 48, 107]], number)
}

/// The colour at `position`, from 0 to 1, of a scale of evenly spaced stops.
fn blend(stops: &[[u8; 3]; 5], position: f32) -> Rgb888 {
    let scaled = position.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let stop = (scaled as usize).min(stops.len() - 2);
    let part = scaled - stop as f32;
    let mix = |channel: usize| {
        let [low, high] = [stops[stop][channel], stops[stop + 1][channel]].map(f32::from);
        (low + part * (high - low)).round() as u8
    };
    Rgb888::new(mix(0), mix(1), mix(2))
}
