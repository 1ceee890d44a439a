//! Arrays in memory: every layout that a view can have, with poison between the elements.

use crate::element::Element;
use fastrand::Rng;
use ndarray::{ArrayViewD, ArrayViewMutD, Axis, IxDyn, ShapeBuilder};

/// Where the elements of an array are in its buffer.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    shape: Vec<usize>,
    /// All positive; those of reversed axes are turned in the end.
    strides: Vec<usize>,
    reversed: Vec<bool>,
    offset: usize,
    length: usize,
}

/// An array with more than elements in its buffer.
#[derive(Clone)]
pub(crate) struct Buffer<T> {
    pub(crate) layout: Layout,
    pub(crate) elements: Vec<T>,
}

/// More elements than this do not get gaps.
const MOST: usize = 1 << 22;

impl Layout {
    /// A layout for an array that is read: elements may have several positions.
    pub(crate) fn of_operand(rng: &mut Rng, shape: &[usize]) -> Layout {
        let mut layout = Layout::of_output(rng, shape);
        let long: Vec<usize> = (0..shape.len()).filter(|&axis| shape[axis] > 1).collect();
        if rng.f32() < 0.12 {
            for axis in 0..shape.len() {
                if rng.f32() < 0.4 {
                    layout.strides[axis] = 0;
                }
            }
        } else if rng.f32() < 0.15 && long.len() > 1 {
            // Windows: one axis moves along another.
            let (one, other) = (rng.usize(..long.len()), rng.usize(1..long.len()));
            let (axis, along) = (long[one], long[(one + other) % long.len()]);
            layout.strides[axis] = layout.strides[along].saturating_mul(rng.usize(1..4));
        }
        layout.length = layout.reach().saturating_add(layout.offset + rng.usize(..4));
        layout
    }

    /// A layout for an array that is written: every element has one position.
    pub(crate) fn of_output(rng: &mut Rng, shape: &[usize]) -> Layout {
        let rank = shape.len();
        let mut order: Vec<usize> = (0..rank).rev().collect();
        match rng.u32(..100) {
            0..45 => {}
            45..60 => order.reverse(),
            _ => rng.shuffle(&mut order),
        }
        let has_gaps = rng.f32() < 0.35;
        let is_turned = rng.f32() < 0.25;
        let mut strides = vec![0; rank];
        let mut step = 1;
        for axis in order {
            if has_gaps && step < MOST {
                step *= [1, 1, 1, 2, 3][rng.usize(..5)];
                step += [0, 0, 1, 5][rng.usize(..4)] * usize::from(step > 1);
            }
            strides[axis] = step;
            // More than a number holds is too long as well.
            step = step.saturating_mul(shape[axis].max(1));
        }
        let reversed = (0..rank).map(|_| is_turned && rng.bool()).collect();
        let offset = [0, 0, 0, 1, 3, 8][rng.usize(..6)];
        let mut layout = Layout { shape: shape.to_vec(), strides, reversed, offset, length: 0 };
        layout.length = layout.reach().saturating_add(layout.offset + [0, 0, 1, 7][rng.usize(..4)]);
        layout
    }

    // The elements from the first to the last. `ndarray` wants as many where an axis is empty.
    fn reach(&self) -> usize {
        let steps = self.shape.iter().zip(&self.strides);
        steps.fold(1, |reach: usize, (extent, &stride)| {
            reach.saturating_add(extent.saturating_sub(1).saturating_mul(stride))
        })
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether it has not too many elements, nor positions: those of strides of zero are visited as well.
    pub(crate) fn is_affordable(&self) -> bool {
        let positions = self.shape.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent));
        self.length <= 4 * MOST && positions <= 4 * MOST
    }

    /// The place in the buffer of each position, in C order of the axes before they are turned.
    pub(crate) fn places(&self) -> Vec<usize> {
        let mut places = vec![self.offset];
        for (&extent, &stride) in self.shape.iter().zip(&self.strides) {
            places = places.iter().flat_map(|place| (0..extent).map(move |n| place + n * stride)).collect();
        }
        places
    }

    /// Shape and strides, for messages.
    pub(crate) fn describe(&self) -> String {
        let strides = self.strides.iter().zip(&self.reversed);
        let strides: Vec<isize> =
            strides.map(|(&n, &turned)| if turned { -(n as isize) } else { n as isize }).collect();
        format!("shape {:?} strides {strides:?} offset {}", self.shape, self.offset)
    }
}

impl<T: Element> Buffer<T> {
    /// Fills the positions with these values, in any order.
    pub(crate) fn new(layout: Layout, mut value: impl FnMut() -> T) -> Buffer<T> {
        let mut elements = vec![T::poison(); layout.length];
        for place in layout.places() {
            elements[place] = value();
        }
        Buffer { layout, elements }
    }

    /// The array.
    pub(crate) fn view(&self) -> ArrayViewD<'_, T> {
        let layout = &self.layout;
        let shape = IxDyn(&layout.shape).strides(IxDyn(&layout.strides));
        let mut view = ArrayViewD::from_shape(shape, &self.elements[layout.offset..])
            .expect("the buffer is long enough");
        for axis in (0..layout.shape.len()).filter(|&axis| layout.reversed[axis]) {
            view.invert_axis(Axis(axis));
        }
        view
    }

    /// The elements in C order of the array.
    pub(crate) fn list(&self) -> Vec<T> {
        self.view().iter().cloned().collect()
    }

    /// The array, to be written.
    pub(crate) fn view_mut(&mut self) -> ArrayViewMutD<'_, T> {
        let layout = &self.layout;
        let shape = IxDyn(&layout.shape).strides(IxDyn(&layout.strides));
        let elements = &mut self.elements[layout.offset..];
        let mut view = ArrayViewMutD::from_shape(shape, elements).expect("every element has one position");
        for axis in (0..layout.shape.len()).filter(|&axis| layout.reversed[axis]) {
            view.invert_axis(Axis(axis));
        }
        view
    }
}
