//! Reads MNIST's files: IDX arrays of bytes, compressed with gzip.
//!
//! An IDX file is two zero bytes, the element type (8 is an unsigned byte), the number of axes, the extent of
//! each axis as a big-endian 32-bit number, and then the elements in row order.

use flate2::read::GzDecoder;
use ndarray::prelude::*;
use std::{fs::File, io::Read, path::Path};

/// Images of digits, and which digit each one is.
pub(crate) struct Digits {
    /// `n 1 y x`: one channel, from 0 (paper) to 1 (ink)
    pub(crate) images: Array4<f32>,
    pub(crate) labels: Vec<usize>,
}

impl Digits {
    /// Reads `<name>-images-idx3-ubyte.gz` and `<name>-labels-idx1-ubyte.gz`.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, String> {
        let images = read_images(&folder.join(format!("{name}-images-idx3-ubyte.gz")))?;
        let labels = read_labels(&folder.join(format!("{name}-labels-idx1-ubyte.gz")))?;
        match images.len_of(Axis(0)) {
            0 => Err(format!("{}: the {name} set holds no digit", folder.display())),
            n if n == labels.len() => Ok(Digits { images, labels }),
            n => Err(format!(
                "{}: the {name} set has {n} images but {} labels",
                folder.display(),
                labels.len()
            )),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Keeps the first `count` digits, or all if there are fewer.
    pub(crate) fn truncate(&mut self, count: usize) {
        let count = count.min(self.len());
        self.images = self.images.slice(s![..count, .., .., ..]).to_owned();
        self.labels.truncate(count);
    }
}

fn read_images(path: &Path) -> Result<Array4<f32>, String> {
    let ([n, rows, columns], bytes) = read_idx(path)?;
    if [rows, columns] != [28, 28] {
        return Err(format!("{}: the images have {rows}×{columns} pixels, not 28×28", path.display()));
    }
    let pixels = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    Ok(Array::from_shape_vec((n, 1, rows, columns), pixels).expect("`read_idx` counted the elements"))
}

fn read_labels(path: &Path) -> Result<Vec<usize>, String> {
    let ([_], bytes) = read_idx(path)?;
    match bytes.iter().find(|&&byte| byte > 9) {
        Some(byte) => Err(format!("{}: {byte} is not a digit", path.display())),
        None => Ok(bytes.into_iter().map(usize::from).collect()),
    }
}

/// The extents of an array of `RANK` axes, and as many bytes as they say.
fn read_idx<const RANK: usize>(path: &Path) -> Result<([usize; RANK], Vec<u8>), String> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| GzDecoder::new(file).read_to_end(&mut content))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    parse_idx(content).map_err(|problem| format!("{}: {problem}", path.display()))
}

fn parse_idx<const RANK: usize>(mut content: Vec<u8>) -> Result<([usize; RANK], Vec<u8>), String> {
    let header = 4 + 4 * RANK;
    if content.len() < header || content[..4] != [0, 0, 8, RANK as u8] {
        return Err(format!("this is not an IDX file of bytes with {RANK} axes"));
    }
    let extent = |axis: usize| {
        let start = 4 + 4 * axis;
        content[start..start + 4].iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
    };
    let extents: [usize; RANK] = std::array::from_fn(extent);
    let elements = content.split_off(header);
    let announced = extents.iter().try_fold(1, |product: usize, &extent| product.checked_mul(extent));
    if announced != Some(elements.len()) {
        return Err(format!("the extents {extents:?} do not fit {} elements", elements.len()));
    }
    Ok((extents, elements))
}
