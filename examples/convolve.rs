//! Filters a photograph: every pixel of the result is a window of the image times a small kernel, summed.
//!
//! ```text
//! cargo run --release --example convolve -- photo.png --kernel sharpen --out sharp.png
//! ```

use lexopt::prelude::*;
use ndarray::{prelude::*, stack};
use ndeinsum::{EinsumError, einsum, try_sliding_windows};
use std::{
    fmt::Display,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

const USAGE: &str = "\
Filters a PNG image with a small kernel: each colour by itself, and transparency not at all.

usage: convolve [IMAGE] [OPTIONS]
  IMAGE          a PNG, grey or in colour (this project's examples/data/camera.png)
  --kernel NAME  sobel, blur, sharpen or emboss (sobel)
  --out FILE     where to write the result, with 8 bits per colour (target/convolve-NAME.png)
  --help         this text";

/// The sum over each window of the image, weighted by the kernel. The result lacks the margin where the kernel
/// would hang over the edge.
fn correlate(image: ArrayView2<'_, f32>, kernel: &Array2<f32>) -> Result<Array2<f32>, EinsumError> {
    let windows = try_sliding_windows(&image, [Axis(0), Axis(1)], [kernel.nrows(), kernel.ncols()])?;
    Ok(einsum!("xyij,ij->xy", windows, kernel))
}

type Filter = fn(ArrayView2<'_, f32>) -> Result<Array2<f32>, EinsumError>;

const FILTERS: [(&str, Filter); 4] =
    [("sobel", sobel), ("blur", blur), ("sharpen", sharpen), ("emboss", emboss)];

/// How steep the image is: the slope in both directions, each smoothed across.
fn sobel(image: ArrayView2<'_, f32>) -> Result<Array2<f32>, EinsumError> {
    let smooth = array![1.0, 2.0, 1.0] / 4.0;
    let slope = array![-1.0, 0.0, 1.0];
    let down = correlate(image, &einsum!("i,j->ij", slope, smooth))?;
    let right = correlate(image, &einsum!("i,j->ij", smooth, slope))?;
    Ok((down.pow2() + right.pow2()).sqrt())
}

/// The seventh row of Pascal's triangle comes close to a bell curve.
fn blur(image: ArrayView2<'_, f32>) -> Result<Array2<f32>, EinsumError> {
    let bell = array![1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0] / 64.0;
    correlate(image, &einsum!("i,j->ij", bell, bell))
}

/// Whatever sets a pixel off from its four neighbours is added to it.
fn sharpen(image: ArrayView2<'_, f32>) -> Result<Array2<f32>, EinsumError> {
    correlate(image, &array![[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])
}

/// The image as a relief, with light from the upper left.
fn emboss(image: ArrayView2<'_, f32>) -> Result<Array2<f32>, EinsumError> {
    correlate(image, &array![[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]])
}

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("convolve: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let Some(options) = Options::parse().map_err(|error| format!("{error}; --help lists the options"))?
    else {
        return Ok(USAGE.to_owned());
    };
    let image = Image::read(&options.image)?;
    let start = Instant::now();
    let filtered = image.filtered(options.filter).map_err(|error| at(&options.image, error))?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    filtered.write(&options.out)?;
    Ok(format!(
        "{} of {}: {} in, {} out, {milliseconds:.1} ms\nwrote {}",
        options.name,
        options.image.display(),
        image.size(),
        filtered.size(),
        options.out.display(),
    ))
}

struct Options {
    image: PathBuf,
    name: &'static str,
    filter: Filter,
    out: PathBuf,
}

impl Options {
    /// What the command line asks for; nothing if it asks for help.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut image = None;
        let (mut name, mut filter) = FILTERS[0];
        let mut out = None;
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Value(path) if image.is_none() => image = Some(path.into()),
                Long("kernel") => (name, filter) = find_filter(&arguments.value()?.string()?)?,
                Long("out") => out = Some(arguments.value()?.into()),
                Long("help") | Short('h') => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        let image =
            image.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/camera.png").into());
        let out = out.unwrap_or_else(|| format!("target/convolve-{name}.png").into());
        Ok(Some(Options { image, name, filter, out }))
    }
}

fn find_filter(wanted: &str) -> Result<(&'static str, Filter), String> {
    let found = FILTERS.into_iter().find(|&(name, _)| name == wanted);
    found.ok_or_else(|| {
        format!("unknown kernel `{wanted}` (known: {})", FILTERS.map(|(name, _)| name).join(", "))
    })
}

/// What a file may claim to hold, in bytes: a few of them are enough to ask for all the memory there is.
const LARGEST: usize = 1 << 28;

struct Image {
    /// Row, column and channel; from 0 to 255.
    channels: Array3<f32>,
    kind: png::ColorType,
}

impl Image {
    fn read(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| at(path, error))?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        // Palettes, single bits and 16 bits all become 8 bits for each channel.
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|error| at(path, error))?;
        let size = reader.output_buffer_size().filter(|&size| size <= LARGEST);
        let mut bytes = vec![0; size.ok_or_else(|| at(path, "the image is too large"))?];
        let frame = reader.next_frame(&mut bytes).map_err(|error| at(path, error))?;
        let shape = (frame.height as usize, frame.width as usize, frame.color_type.samples());
        let values = bytes[..frame.buffer_size()].iter().copied().map(f32::from).collect();
        let channels = Array::from_shape_vec(shape, values).expect("a frame has a byte for each channel");
        Ok(Image { channels, kind: frame.color_type })
    }

    /// Filters each colour. Transparency stays as it is, but for the margin.
    fn filtered(&self, filter: Filter) -> Result<Self, EinsumError> {
        let transparent = matches!(self.kind, png::ColorType::GrayscaleAlpha | png::ColorType::Rgba);
        let colours = self.channels.len_of(Axis(2)) - usize::from(transparent);
        let planes = self.channels.axis_iter(Axis(2)).take(colours);
        let mut planes = planes.map(filter).collect::<Result<Vec<_>, _>>()?;
        if transparent {
            planes.push(middle(self.channels.index_axis(Axis(2), colours), planes[0].dim()));
        }
        let planes: Vec<_> = planes.iter().map(|plane| plane.view()).collect();
        let channels = stack(Axis(2), &planes).expect("all channels have the same size");
        Ok(Image { channels, kind: self.kind })
    }

    fn write(&self, path: &Path) -> Result<(), String> {
        let (rows, columns, _) = self.channels.dim();
        let bytes: Vec<u8> =
            self.channels.iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
        let write = || -> Result<(), png::EncodingError> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = BufWriter::new(File::create(path)?);
            let mut encoder = png::Encoder::new(file, columns as u32, rows as u32);
            encoder.set_color(self.kind);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&bytes)?;
            writer.finish()
        };
        write().map_err(|error| at(path, error))
    }

    fn size(&self) -> String {
        let (rows, columns, _) = self.channels.dim();
        format!("{columns}×{rows} pixels")
    }
}

/// The middle of `plane`, of the extents that a filter has left.
fn middle(plane: ArrayView2<'_, f32>, (rows, columns): (usize, usize)) -> Array2<f32> {
    let (top, left) = ((plane.nrows() - rows) / 2, (plane.ncols() - columns) / 2);
    plane.slice(s![top..top + rows, left..left + columns]).to_owned()
}

fn at(path: &Path, problem: impl Display) -> String {
    format!("{}: {problem}", path.display())
}
