//! The arrays of a workload, filled with its numbers.

use crate::element::Element;
use crate::workload::{Windows, Workload};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use ndeinsum::sliding_windows;

pub struct Operands<T> {
    arrays: Vec<ArrayD<T>>,
    windows: Vec<Option<Windows>>,
}

impl<T: Element> Operands<T> {
    pub fn of(workload: &Workload) -> Self {
        let array = |(operand, shape): (usize, &Vec<usize>)| {
            let len = shape.iter().product();
            let mut elements = Vec::with_capacity(len);
            huge_pages(&mut elements);
            elements.extend((0..len).map(|index| T::number(operand, index)));
            ArrayD::from_shape_vec(IxDyn(shape), elements).expect("as many elements as the shape has")
        };
        Self {
            arrays: workload.operands.iter().map(|operand| &operand.shape).enumerate().map(array).collect(),
            windows: workload.operands.iter().map(|operand| operand.windows).collect(),
        }
    }

    /// What the subscripts see.
    pub fn views(&self) -> Vec<ArrayViewD<'_, T>> {
        let operands = self.arrays.iter().zip(&self.windows);
        operands
            .map(|(array, windows)| match *windows {
                None => array.view(),
                Some(windows) => windows_of(array, windows),
            })
            .collect()
    }

    /// The arrays themselves, without their windows.
    pub fn arrays(&self) -> &[ArrayD<T>] {
        &self.arrays
    }

    /// Whether an operand is a view of windows, whose elements overlap.
    pub fn have_windows(&self) -> bool {
        self.windows.iter().any(Option::is_some)
    }
}

/// Asks for huge pages for the memory of a large array, as NumPy does for its arrays, with which torch and jax are timed: what is read from memory
/// takes a tenth to a quarter longer from small ones. Nothing depends on it.
fn huge_pages<T>(elements: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const FROM: usize = 4 << 20;
        const PAGE: usize = 4096;
        let room = elements.spare_capacity_mut();
        let (first, bytes) = (room.as_mut_ptr().cast::<u8>(), size_of_val(room));
        let before = first.addr().next_multiple_of(PAGE) - first.addr();
        if bytes >= FROM {
            // SAFETY: whole pages of this memory, whose contents the advice does not change.
            unsafe {
                libc::madvise(
                    first.wrapping_add(before).cast(),
                    (bytes - before) / PAGE * PAGE,
                    libc::MADV_HUGEPAGE,
                )
            };
        }
    }
}

fn windows_of<T: Element>(array: &ArrayD<T>, windows: Windows) -> ArrayViewD<'_, T> {
    let mut view = sliding_windows(array, windows.axes.map(Axis), windows.reach());
    let rank = array.ndim();
    for (n, axis) in windows.axes.into_iter().enumerate() {
        view.slice_axis_inplace(Axis(axis), Slice::new(0, None, windows.stride as isize));
        view.slice_axis_inplace(Axis(rank + n), Slice::new(0, None, windows.dilation as isize));
    }
    view
}
