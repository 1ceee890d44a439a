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
//! | `d`, `e` | the rows and columns of a kernel, or of a block of pixels |
//!
//! A layer reads the rows `j+d` and the columns `k+e`. A gradient is the derivative of the loss. Its name begins with `d_`, and
//! its shape is that of the array it belongs to; the gradient of a layer's parameters is therefore itself a `Conv`, a `Dense` or a `Net`.

use fastrand::Rng;
use ndarray::{NdFloat, Zip, prelude::*};
use ndeinsum::{einsum, einsum_vjp};
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

    pub(crate) fn forward(&self, input: &ArrayRef4<T>) -> Array4<T> {
        einsum!("ni(j+d)(k+e),oide->nojk", input, self.kernel) + self.bias.slice(s![.., NewAxis, NewAxis])
    }

    /// The gradients of the input and of the layer.
    pub(crate) fn gradient(&self, input: &ArrayRef4<T>, d_output: &ArrayRef4<T>) -> (Array4<T>, Self) {
        let (d_input, kernel) = einsum_vjp!("ni(j+d)(k+e),oide->nojk", input, self.kernel; d_output);
        (d_input, Conv { kernel, bias: einsum!("nojk->o", d_output) })
    }

    /// That of the layer alone: nothing is learnt about the images.
    pub(crate) fn gradient_of_first(&self, input: &ArrayRef4<T>, d_output: &ArrayRef4<T>) -> Self {
        let kernel = einsum_vjp!("ni(j+d)(k+e),oide->nojk", input, self.kernel; d_output, wrt = [1]);
        Conv { kernel, bias: einsum!("nojk->o", d_output) }
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

    pub(crate) fn forward(&self, input: &ArrayRef2<T>) -> Array2<T> {
        einsum!("ni,io->no", input, self.weight) + &self.bias
    }

    /// The gradients of the input and of the layer.
    pub(crate) fn gradient(&self, input: &ArrayRef2<T>, d_output: &ArrayRef2<T>) -> (Array2<T>, Self) {
        let (d_input, weight) = einsum_vjp!("ni,io->no", input, self.weight; d_output);
        (d_input, Dense { weight, bias: einsum!("no->o", d_output) })
    }
}

/// Halves an image: the mean of each block of two by two pixels.
pub(crate) fn pool<T: NdFloat>(input: &ArrayRef4<T>) -> Array4<T> {
    einsum!(number::<T>(0.25) * "ni(2j+d)(2k+e)->nijk", input; d = 2, e = 2)
}

pub(crate) fn pool_gradient<T: NdFloat>(input: &ArrayRef4<T>, d_output: &ArrayRef4<T>) -> Array4<T> {
    einsum_vjp!(number::<T>(0.25) * "ni(2j+d)(2k+e)->nijk", input; d_output, wrt = [0], d = 2, e = 2)
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
        let (d_hidden, output) = self.output.gradient(&trace.hidden, d_scores);
        let (d_flat, hidden) = self.hidden.gradient(&trace.flat, &relu_gradient(d_hidden, &trace.hidden));
        let d_conv2 = pool_gradient(&trace.conv2, &unflatten(d_flat, &trace.conv2));
        let (d_pool1, conv2) = self.conv2.gradient(&trace.pool1, &relu_gradient(d_conv2, &trace.conv2));
        let d_conv1 = pool_gradient(&trace.conv1, &d_pool1);
        let conv1 = self.conv1.gradient_of_first(images, &relu_gradient(d_conv1, &trace.conv1));
        Net { conv1, conv2, hidden, output }
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
    // A choice between two values and not a branch: which way it goes is anyone's guess.
    Zip::from(&mut d_output)
        .and(output)
        .for_each(|d, &value| *d = if value <= T::zero() { T::zero() } else { *d });
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
