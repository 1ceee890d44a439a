//! What can be wrong with the shapes of a call, as data and in words.

use alloc::vec::Vec;
use core::fmt;

/// Arrays that do not fit the subscripts, or a window that does not fit its array.
///
/// `einsum!` panics with this text, `try_einsum!` returns it. Whatever array was to be written is as it was.
///
/// ```
/// use ndarray::Array2;
/// use ndeinsum::try_einsum;
///
/// let (a, b) = (Array2::<f64>::ones((2, 3)), Array2::<f64>::ones((4, 5)));
/// let error = try_einsum!("ij,jk->ik", a, b).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "einsum \"ij,jk->ik\": index `j` has extent 3 in operand 0 (axis 1) but extent 4 in operand 1 (axis 0)",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EinsumError {
    pub(crate) subscripts: Option<&'static str>,
    pub(crate) kind: EinsumErrorKind,
}

impl EinsumError {
    /// The subscripts of the call; none for sliding windows.
    pub fn subscripts(&self) -> Option<&'static str> {
        self.subscripts
    }

    /// What is wrong.
    pub fn kind(&self) -> &EinsumErrorKind {
        &self.kind
    }
}

/// The kinds of [`EinsumError`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EinsumErrorKind {
    /// An index has two extents, and it is not the case that one of them is 1 and may be broadcast.
    ExtentMismatch {
        /// What names the index.
        label: char,
        /// Where it has one extent.
        first: Place,
        /// Where it has another.
        second: Place,
    },
    /// Two axes that `...` stands for have different extents, and neither is 1.
    EllipsisMismatch {
        /// Where one of them is.
        first: Place,
        /// Where the other is.
        second: Place,
    },
    /// An array of dynamic rank has another number of axes than its term.
    RankMismatch {
        /// Which array.
        array: ArrayRole,
        /// How many axes it has.
        axes: usize,
        /// How many labels its term has.
        labels: usize,
        /// Whether the term has `...` as well, so that more axes than labels are fine.
        ellipsis: bool,
    },
    /// The array that is assigned to has another number of axes than the result.
    OutputRank {
        /// How many axes it has.
        axes: usize,
        /// How many the result has.
        wanted: usize,
    },
    /// An affine axis is read at a position that it does not have.
    AffineReach {
        /// The axis.
        place: Place,
        /// What is added up. An index that was to be inferred has extent 1 here: not even one position fits.
        summands: Vec<AffineSummand>,
    },
    /// An index is to be inferred from an affine axis that is never read, since another index of the sum has extent 0.
    AffineUnbounded {
        /// What names the index.
        label: char,
        /// The axis.
        place: Place,
        /// The other summands.
        summands: Vec<AffineSummand>,
    },
    /// A view that is to be written would have one element at two positions.
    AffineOverlap {
        /// The axis.
        axis: usize,
    },
    /// The cotangent has another shape than the result that it belongs to.
    CotangentShape {
        /// Its shape.
        shape: Vec<usize>,
        /// The shape of the result.
        wanted: Vec<usize>,
    },
    /// An array of this shape cannot be: it has more elements or bytes than a pointer can count.
    TooLarge {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A window has extent zero.
    WindowEmpty {
        /// The axis that it slides along.
        axis: usize,
    },
    /// A window is longer than the axis that it slides along.
    WindowTooLong {
        /// The axis.
        axis: usize,
        /// The extent of the axis.
        extent: usize,
        /// The extent of the window.
        window: usize,
    },
    /// A window is to slide along an axis that the array does not have.
    AxisMissing {
        /// The axis.
        axis: usize,
        /// How many axes the array has.
        axes: usize,
    },
    /// Two windows are to slide along one axis.
    AxisRepeated {
        /// The axis.
        axis: usize,
    },
}

/// Which array of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayRole {
    /// An operand, by its position.
    Operand(usize),
    /// The array that is assigned to.
    Output,
}

/// A summand of an affine axis, `2x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffineSummand {
    /// The number before the label, 1 if there is none.
    pub coefficient: u32,
    /// What names the index.
    pub label: char,
    /// The extent of the index.
    pub extent: usize,
}

impl AffineSummand {
    /// What it adds at the last position of its index; nothing where there is no position.
    fn reach(&self) -> u128 {
        u128::from(self.coefficient) * (self.extent as u128).saturating_sub(1)
    }
}

/// An axis of an array of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which array.
    pub array: ArrayRole,
    /// Which of its axes.
    pub axis: usize,
    /// Its extent.
    pub extent: usize,
}

impl fmt::Display for EinsumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subscripts {
            Some(subscripts) => write!(f, "einsum {subscripts:?}: {}", self.kind),
            None => write!(f, "sliding windows: {}", self.kind),
        }
    }
}

impl fmt::Display for EinsumErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExtentMismatch { label, first, second } => {
                write!(f, "index `{label}` has {first} but {second}")?;
                let diagonal = first.array == second.array && (first.extent == 1 || second.extent == 1);
                if diagonal { f.write_str("; a diagonal does not broadcast") } else { Ok(()) }
            }
            Self::EllipsisMismatch { first, second } => {
                write!(f, "an axis of `...` has {first} but {second}")
            }
            Self::RankMismatch { array, axes, labels, ellipsis } => {
                let (axes, labels) = (Count(*axes, "axis", "axes"), Count(*labels, "label", "labels"));
                let at_least = if *ellipsis { " and `...`, which stands for the other axes" } else { "" };
                write!(f, "{array} has {axes}, but its term has {labels}{at_least}")
            }
            Self::OutputRank { axes, wanted } => {
                write!(f, "the output has {}, but the result has {wanted}", Count(*axes, "axis", "axes"))
            }
            Self::AffineReach { place: Place { array, axis, extent }, summands } => {
                let reach: u128 = summands.iter().map(AffineSummand::reach).sum();
                write!(
                    f,
                    "axis {axis} of {array} has extent {extent}, but `{}` reaches position ",
                    Sum(summands)
                )?;
                match &summands[..] {
                    [AffineSummand { coefficient: 1, .. }] => {}
                    _ => write!(f, "{} = ", SumOfLast(summands))?,
                }
                write!(f, "{reach}")
            }
            Self::AffineUnbounded { label, place, summands } => {
                write!(
                    f,
                    "index `{label}` may have any extent: axis {} of {} is not read, since ",
                    place.axis, place.array
                )?;
                let empty = summands.iter().filter(|summand| summand.extent == 0);
                for (n, summand) in empty.enumerate() {
                    write!(f, "{}`{}` has extent 0", if n == 0 { "" } else { " and " }, summand.label)?;
                }
                Ok(())
            }
            Self::AffineOverlap { axis } => {
                write!(
                    f,
                    "the windows along axis {axis} overlap, and a view that is written has each element once"
                )
            }
            Self::CotangentShape { shape, wanted } => {
                write!(f, "the cotangent has shape {shape:?}, but the result has shape {wanted:?}")
            }
            Self::TooLarge { shape } => {
                write!(f, "an array of shape {shape:?} is larger than the address space")
            }
            Self::WindowEmpty { axis } => write!(f, "the window along axis {axis} has extent 0"),
            Self::WindowTooLong { axis, extent, window } => {
                write!(
                    f,
                    "the window along axis {axis} has extent {window}, but the axis has extent {extent}"
                )
            }
            Self::AxisMissing { axis, axes } => {
                write!(f, "there is no axis {axis}: the array has {}", Count(*axes, "axis", "axes"))
            }
            Self::AxisRepeated { axis } => write!(f, "axis {axis} is named twice"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "extent {} in {} (axis {})", self.extent, self.array, self.axis)
    }
}

impl fmt::Display for ArrayRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operand(position) => write!(f, "operand {position}"),
            Self::Output => f.write_str("the output"),
        }
    }
}

/// `2x+3i`
struct Sum<'s>(&'s [AffineSummand]);

impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, AffineSummand { coefficient, label, .. }) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "+" })?;
            match coefficient {
                1 => write!(f, "{label}")?,
                coefficient => write!(f, "{coefficient}{label}")?,
            }
        }
        Ok(())
    }
}

/// `2·13 + 3·2`: the sum at the last position of each index.
struct SumOfLast<'s>(&'s [AffineSummand]);

impl fmt::Display for SumOfLast<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, AffineSummand { coefficient, extent, .. }) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { " + " })?;
            let last = extent.saturating_sub(1);
            match coefficient {
                1 => write!(f, "{last}")?,
                coefficient => write!(f, "{coefficient}·{last}")?,
            }
        }
        Ok(())
    }
}

struct Count(usize, &'static str, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { self.1 } else { self.2 })
    }
}

impl core::error::Error for EinsumError {}

/// Panics with the text of an error, at the caller's line.
#[cold]
#[inline(never)]
#[track_caller]
pub fn fail(error: EinsumError) -> ! {
    panic!("{error}")
}
