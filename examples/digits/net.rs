//! A small convolutional network: what it computes, and every gradient of it, in the index notation of
//! `einsum!`.
//!
//! The letters mean the same thing throughout:
//!
//! | letter | runs over |
//! |--------|-----------|
//! | `n` | the samples of a batch |
//! | `i`, `o` | the channels that a layer reads, and those it writes |
//! | `j`, `k` | the rows and columns of what a layer writes |
//! | `y`, `x` | the rows and columns of what it has read |
//! | `d`, `e` | the rows and columns of a kernel, or of a block of pixels |
//!
//! A gradient is the derivative of the loss. Its name begins with `d_`, and its shape is that of the array it
//! belongs to; the gradient of a layer's parameters is therefore itself a `Conv`, a `Dense` or a `Net`.

use fastrand::Rng;
use ndarray::{NdFloat, Zip, prelude::*};
use ndeinsum::{einsum, sliding_windows};
use std::ops::Add;

/// A convolution over all positions where the kernel fits, for each pair of channels, and a bias.
#[derive(Clone)]
pub(crate) struct Conv<T> {
    /// `o i d e`
    pub(crate) kernel: Array4<T>,
    /// `o`
    pub(crate) bias: Array1<T>,
}

impl<T: NdFloat> Conv<T> {
    pub(crate) fn random(outputs: usize, inputs: usize, size: usize, rng: &mut Rng) -> Self {
        let fan_in = inputs * size * size;
        let kernel =
            Array::from_shape_simple_fn((outputs, inputs, size, size), || random_weight(fan_in, rng));
        Conv { kernel, bias: Array::zeros(outputs) }
    }

    /// `n i y x` to `n o j k`: every window of the input, times the kernel.
    pub(crate) fn forward(&self, input: &ArrayRef4<T>) -> Array4<T> {
        let windows = sliding_windows(input, [Axis(2), Axis(3)], self.size());
        einsum!("nijkde,oide->nojk", windows, self.kernel) + self.bias.slice(s![.., NewAxis, NewAxis])
    }

    /// Each element of the kernel met one element of every window: those are what it is answerable for.
    pub(crate) fn gradient(&self, input: &ArrayRef4<T>, d_output: &ArrayRef4<T>) -> Self {
        let windows = sliding_windows(input, [Axis(2), Axis(3)], self.size());
        Conv { kernel: einsum!("nijkde,nojk->oide", windows, d_output), bias: einsum!("nojk->o", d_output) }
    }

    /// A window that begins `d` rows above a pixel has read it through row `d` of the kernel: the higher the
    /// window, the lower the row. So the output's gradient passes back through the kernel turned by half a turn.
    /// The margin stands for the windows that would hang over the edge.
    pub(crate) fn input_gradient(&self, d_output: &ArrayRef4<T>) -> Array4<T> {
        let [rows, columns] = self.size();
        let padded = pad(d_output, [rows - 1, columns - 1]);
        let windows = sliding_windows(&padded, [Axis(2), Axis(3)], self.size());
        let turned = self.kernel.slice(s![.., .., ..;-1, ..;-1]);
        einsum!("noyxde,oide->niyx", windows, turned)
    }

    fn size(&self) -> [usize; 2] {
        let (_, _, rows, columns) = self.kernel.dim();
        [rows, columns]
    }
}

/// Every output is a weighted sum of all inputs, and a bias.
#[derive(Clone)]
pub(crate) struct Dense<T> {
    /// `i o`
    pub(crate) weight: Array2<T>,
    /// `o`
    pub(crate) bias: Array1<T>,
}

impl<T: NdFloat> Dense<T> {
    pub(crate) fn random(inputs: usize, outputs: usize, rng: &mut Rng) -> Self {
        let weight = Array::from_shape_simple_fn((inputs, outputs), || random_weight(inputs, rng));
        Dense { weight, bias: Array::zeros(outputs) }
    }

    /// `n i` to `n o`
    pub(crate) fn forward(&self, input: &ArrayRef2<T>) -> Array2<T> {
        einsum!("ni,io->no", input, self.weight) + &self.bias
    }

    pub(crate) fn gradient(&self, input: &ArrayRef2<T>, d_output: &ArrayRef2<T>) -> Self {
        Dense { weight: einsum!("ni,no->io", input, d_output), bias: einsum!("no->o", d_output) }
    }

    /// `n o` to `n i`
    pub(crate) fn input_gradient(&self, d_output: &ArrayRef2<T>) -> Array2<T> {
        einsum!("no,io->ni", d_output, self.weight)
    }
}

/// Halves an image: the mean of each block of two by two pixels, `n i 2j 2k` to `n i j k`.
pub(crate) fn pool<T: NdFloat>(input: &ArrayRef4<T>) -> Array4<T> {
    let (n, i, rows, columns) = input.dim();
    let blocks = input.to_shape((n, i, rows / 2, 2, columns / 2, 2)).expect("rows and columns are even");
    einsum!(number::<T>(0.25) * "nijdke->nijk", blocks)
}

/// Every pixel of a block gets its share, a quarter, of the block's gradient.
pub(crate) fn pool_gradient<T: NdFloat>(d_output: &ArrayRef4<T>) -> Array4<T> {
    let (n, i, rows, columns) = d_output.dim();
    let share = Array::from_elem((2, 2), number::<T>(0.25));
    let blocks = einsum!("nijk,de->nijdke", d_output, share);
    blocks.into_shape_with_order((n, i, 2 * rows, 2 * columns)).expect("the blocks are in row order")
}

/// Two convolutions, each halved afterwards, and two dense layers.
#[derive(Clone)]
pub(crate) struct Net<T> {
    pub(crate) conv1: Conv<T>,
    pub(crate) conv2: Conv<T>,
    pub(crate) hidden: Dense<T>,
    pub(crate) output: Dense<T>,
}

/// What the layers wrote on the way forward, which is what the way back needs.
pub(crate) struct Trace<T> {
    /// `n 8 24 24`
    pub(crate) conv1: Array4<T>,
    /// `n 8 12 12`
    pub(crate) pool1: Array4<T>,
    /// `n 16 10 10`
    pub(crate) conv2: Array4<T>,
    /// `n 400`: the 16 halved maps of 5×5, in one row
    pub(crate) flat: Array2<T>,
    /// `n 64`
    pub(crate) hidden: Array2<T>,
    /// `n 10`: one score for each digit
    pub(crate) scores: Array2<T>,
}

impl<T: NdFloat> Net<T> {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        Net {
            conv1: Conv::random(8, 1, 5, rng),
            conv2: Conv::random(16, 8, 3, rng),
            hidden: Dense::random(16 * 5 * 5, 64, rng),
            output: Dense::random(64, 10, rng),
        }
    }

    /// `images`: `n 1 28 28`
    pub(crate) fn forward(&self, images: &ArrayRef4<T>) -> Trace<T> {
        let conv1 = relu(self.conv1.forward(images));
        let pool1 = pool(&conv1);
        let conv2 = relu(self.conv2.forward(&pool1));
        let flat = flatten(pool(&conv2));
        let hidden = relu(self.hidden.forward(&flat));
        let scores = self.output.forward(&hidden);
        Trace { conv1, pool1, conv2, flat, hidden, scores }
    }

    /// The gradient of all parameters, from that of the scores: the layers of `forward`, last to first.
    pub(crate) fn gradient(&self, images: &ArrayRef4<T>, trace: &Trace<T>, d_scores: &ArrayRef2<T>) -> Self {
        let d_hidden = relu_gradient(self.output.input_gradient(d_scores), &trace.hidden);
        let d_pool2 = unflatten(self.hidden.input_gradient(&d_hidden), &trace.conv2);
        let d_conv2 = relu_gradient(pool_gradient(&d_pool2), &trace.conv2);
        let d_pool1 = self.conv2.input_gradient(&d_conv2);
        let d_conv1 = relu_gradient(pool_gradient(&d_pool1), &trace.conv1);
        Net {
            conv1: self.conv1.gradient(images, &d_conv1),
            conv2: self.conv2.gradient(&trace.pool1, &d_conv2),
            hidden: self.hidden.gradient(&trace.flat, &d_hidden),
            output: self.output.gradient(&trace.hidden, d_scores),
        }
    }

    /// All parameters, in one order, whatever their shapes.
    pub(crate) fn parameters(&self) -> [ArrayViewD<'_, T>; 8] {
        let Net { conv1, conv2, hidden, output } = self;
        [
            conv1.kernel.view().into_dyn(),
            conv1.bias.view().into_dyn(),
            conv2.kernel.view().into_dyn(),
            conv2.bias.view().into_dyn(),
            hidden.weight.view().into_dyn(),
            hidden.bias.view().into_dyn(),
            output.weight.view().into_dyn(),
            output.bias.view().into_dyn(),
        ]
    }

    /// The same, to be changed.
    pub(crate) fn parameters_mut(&mut self) -> [ArrayViewMutD<'_, T>; 8] {
        let Net { conv1, conv2, hidden, output } = self;
        [
            conv1.kernel.view_mut().into_dyn(),
            conv1.bias.view_mut().into_dyn(),
            conv2.kernel.view_mut().into_dyn(),
            conv2.bias.view_mut().into_dyn(),
            hidden.weight.view_mut().into_dyn(),
            hidden.bias.view_mut().into_dyn(),
            output.weight.view_mut().into_dyn(),
            output.bias.view_mut().into_dyn(),
        ]
    }
}

/// Gradients of two shares of a batch add up.
impl<T: NdFloat> Add for Net<T> {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        for (mut sum, term) in self.parameters_mut().into_iter().zip(other.parameters()) {
            sum += &term;
        }
        self
    }
}

/// The loss (the cross-entropy of the digits that were meant, summed over the samples) and its gradient with
/// respect to the scores: what the network believed, less what was true.
pub(crate) fn loss<T: NdFloat>(scores: &ArrayRef2<T>, digits: &[usize]) -> (T, Array2<T>) {
    let mut d_scores = softmax(scores);
    let mut sum = T::zero();
    for (mut beliefs, &digit) in d_scores.rows_mut().into_iter().zip(digits) {
        // A belief can round to nothing, and the logarithm of nothing is no number to go on with.
        sum -= beliefs[digit].max(T::min_positive_value()).ln();
        beliefs[digit] -= T::one();
    }
    (sum, d_scores)
}

/// Scores as probabilities: each row is positive and sums to one.
pub(crate) fn softmax<T: NdFloat>(scores: &ArrayRef2<T>) -> Array2<T> {
    let mut beliefs = scores.to_owned();
    for mut row in beliefs.rows_mut() {
        // The largest score first becomes zero, so that no exponential overflows.
        let largest = row.fold(T::neg_infinity(), |a, &b| a.max(b));
        row.mapv_inplace(|score| (score - largest).exp());
        let total = row.sum();
        row /= total;
    }
    beliefs
}

/// A margin of zeros around the rows and columns.
pub(crate) fn pad<T: NdFloat>(images: &ArrayRef4<T>, [top, left]: [usize; 2]) -> Array4<T> {
    let (n, i, rows, columns) = images.dim();
    let mut padded = Array::zeros((n, i, rows + 2 * top, columns + 2 * left));
    padded.slice_mut(s![.., .., top..top + rows, left..left + columns]).assign(images);
    padded
}

fn relu<T: NdFloat, D: Dimension>(mut values: Array<T, D>) -> Array<T, D> {
    values.mapv_inplace(|value| value.max(T::zero()));
    values
}

/// The gradient passes where `relu` let the value through.
fn relu_gradient<T: NdFloat, D: Dimension>(mut d_output: Array<T, D>, output: &Array<T, D>) -> Array<T, D> {
    Zip::from(&mut d_output).and(output).for_each(|d, &value| {
        if value <= T::zero() {
            *d = T::zero();
        }
    });
    d_output
}

/// `n i j k` to `n (i j k)`
fn flatten<T: NdFloat>(maps: Array4<T>) -> Array2<T> {
    let (n, i, rows, columns) = maps.dim();
    maps.into_shape_with_order((n, i * rows * columns)).expect("the maps are in row order")
}

/// The gradient of the flattened halves of `maps`, as maps again.
fn unflatten<T: NdFloat>(d_flat: Array2<T>, maps: &ArrayRef4<T>) -> Array4<T> {
    let (n, i, rows, columns) = maps.dim();
    d_flat.into_shape_with_order((n, i, rows / 2, columns / 2)).expect("as many as `flatten` was given")
}

/// Uniform, with the spread that keeps the values of a layer as large as those it has read (He et al., 2015).
fn random_weight<T: NdFloat>(fan_in: usize, rng: &mut Rng) -> T {
    let limit = (6.0 / fan_in as f64).sqrt();
    number(limit * (2.0 * rng.f64() - 1.0))
}

fn number<T: NdFloat>(value: f64) -> T {
    T::from(value).expect("a float type has every small number")
}
