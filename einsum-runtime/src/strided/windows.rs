//! Sliding windows over an array, after NumPy's `sliding_window_view`.

use crate::error::{EinsumError, EinsumErrorKind};
use ndarray::{ArrayRef, ArrayView, Axis, Dim, DimAdd, Dimension, RawArrayView, ShapeBuilder};

/// The view of all windows: the axes of the array, those with a window shortened to the number of its positions,
/// then one axis per window.
type Windows<'a, A, D, const K: usize> = ArrayView<'a, A, <D as DimAdd<Dim<[usize; K]>>>::Output>;

/// All windows of the extents `window` along `axes`, without a copy.
///
/// The shape is that of `array`, each windowed axis shortened to the number of positions `extent - window + 1`, then
/// one axis for each window, in the order of `axes`. The rank is static where that of `array` is (and the sum is at
/// most six). Windows overlap, so the view is read-only.
///
/// # Panics
/// If a window has extent zero or is longer than its axis, if an axis is missing or named twice, or if the windows have
/// more elements, counted as often as they occur, than an array can have. [`try_sliding_windows`] gives an error instead.
///
/// # Examples
/// ```
/// use ndarray::{Array2, Axis, array};
/// use ndeinsum::{einsum, sliding_windows};
///
/// let image = Array2::from_shape_fn((4, 5), |(x, y)| (x * y) as f64);
/// let windows = sliding_windows(&image, [Axis(0), Axis(1)], [3, 3]);
/// assert_eq!(windows.shape(), [2, 3, 3, 3]);
///
/// let laplace = array![[0., 1., 0.], [1., -4., 1.], [0., 1., 0.]];
/// let edges: Array2<f64> = einsum!("xyij,ij->xy", windows, laplace);
/// assert_eq!(edges, Array2::<f64>::zeros((2, 3)));
/// ```
#[track_caller]
pub fn sliding_windows<A, D, const K: usize>(
    array: &ArrayRef<A, D>,
    axes: [Axis; K],
    window: [usize; K],
) -> Windows<'_, A, D, K>
where
    D: Dimension + DimAdd<Dim<[usize; K]>>,
    Dim<[usize; K]>: Dimension,
{
    match try_sliding_windows(array, axes, window) {
        Ok(windows) => windows,
        Err(error) => crate::error::fail(error),
    }
}

/// As [`sliding_windows`], with an error instead of a panic.
///
/// # Errors
/// If a window has extent zero or is longer than its axis, if an axis is missing or named twice, or if the windows have
/// more elements, counted as often as they occur, than an array can have.
///
/// # Examples
/// ```
/// use ndarray::{Array1, Axis};
///
/// let error = ndeinsum::try_sliding_windows(&Array1::<f64>::zeros(3), [Axis(0)], [4]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "sliding windows: the window along axis 0 has extent 4, but the axis has extent 3",
/// );
/// ```
pub fn try_sliding_windows<A, D, const K: usize>(
    array: &ArrayRef<A, D>,
    axes: [Axis; K],
    window: [usize; K],
) -> Result<Windows<'_, A, D, K>, EinsumError>
where
    D: Dimension + DimAdd<Dim<[usize; K]>>,
    Dim<[usize; K]>: Dimension,
{
    let error = |kind| EinsumError { subscripts: None, kind };
    for (n, &axis) in axes.iter().enumerate() {
        check_window(array.shape(), axis, &axes[..n], window[n]).map_err(error)?;
    }

    // Axes that run backwards are laid out forwards and reversed afterwards: ndarray takes no negative strides.
    let mut forward = array.view();
    let backward = |n: usize| array.strides()[n] < 0 && array.shape()[n] > 1;
    (0..array.ndim()).filter(|&n| backward(n)).for_each(|n| forward.invert_axis(Axis(n)));

    let rank = array.ndim();
    let mut shape = <D as DimAdd<Dim<[usize; K]>>>::Output::zeros(rank + K);
    let mut strides = shape.clone();
    for n in 0..rank {
        shape[n] = forward.shape()[n];
        // Along an axis of one element the stride is never used, and may be anything.
        strides[n] = if shape[n] > 1 { forward.strides()[n].unsigned_abs() } else { 0 };
    }
    for (n, (&Axis(axis), &window)) in axes.iter().zip(&window).enumerate() {
        shape[axis] -= window - 1;
        shape[rank + n] = window;
        strides[rank + n] = strides[axis];
    }

    // ndarray relies on it that elements can be counted, also where they are fewer in memory.
    let mut extents = shape.slice().iter().filter(|&&extent| extent != 0);
    let count = extents.try_fold(1_usize, |count, &extent| count.checked_mul(extent));
    if count.and_then(|count| isize::try_from(count).ok()).is_none() {
        return Err(error(EinsumErrorKind::TooLarge { shape: shape.slice().into() }));
    }

    // SAFETY: position `p` on an axis and `q` on its window is position `p + q` of the axis of the array, which is below
    // its extent since `p <= extent - window` and `q < window`; the strides are not negative, and the elements can be counted.
    let raw = unsafe { RawArrayView::from_shape_ptr(shape.strides(strides), forward.as_ptr()) };
    // SAFETY: the elements are those of `array`, borrowed as long as the result, which only reads them.
    let mut windows = unsafe { raw.deref_into_view() };

    for n in (0..rank).filter(|&n| backward(n)) {
        windows.invert_axis(Axis(n));
        for (k, _) in axes.iter().enumerate().filter(|&(_, axis)| axis.index() == n) {
            windows.invert_axis(Axis(rank + k));
        }
    }
    Ok(windows)
}

fn check_window(shape: &[usize], axis: Axis, earlier: &[Axis], window: usize) -> Result<(), EinsumErrorKind> {
    let Axis(axis) = axis;
    let Some(&extent) = shape.get(axis) else {
        return Err(EinsumErrorKind::AxisMissing { axis, axes: shape.len() });
    };
    if earlier.contains(&Axis(axis)) {
        Err(EinsumErrorKind::AxisRepeated { axis })
    } else if window == 0 {
        Err(EinsumErrorKind::WindowEmpty { axis })
    } else if window > extent {
        Err(EinsumErrorKind::WindowTooLong { axis, extent, window })
    } else {
        Ok(())
    }
}
