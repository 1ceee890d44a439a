//! The gradients of the example `digits` are what the loss does when something is changed a little: each is
//! compared with a central finite difference, in `f64`, on small shapes whose extents all differ.

#[allow(dead_code, reason = "the example has more parts than are tested here")]
#[path = "../examples/digits/net.rs"]
mod net;

use fastrand::Rng;
use ndarray::prelude::*;
use net::{Conv, Dense, Net, loss, pool, pool_gradient};

/// How far a parameter is moved to either side.
const STEP: f64 = 1e-5;
/// For functions that are quadratic at most a central difference has no error but rounding, some 1e-16 / `STEP`
/// of numbers around ten.
const ROUNDING: f64 = 1e-8;

#[test]
fn convolution() {
    let mut rng = Rng::with_seed(1);
    let conv = Conv { kernel: random((4, 3, 2, 3), &mut rng), bias: random(4, &mut rng) };
    let input = random((2, 3, 5, 7), &mut rng);
    // Any gradient of the output will do: it is that of the output's sum, weighted by these.
    let weights = random((2, 4, 4, 5), &mut rng);
    let value = |conv: &Conv<f64>, input: &Array4<f64>| (conv.forward(input) * &weights).sum();

    let (d_input, Conv { kernel, bias }) = conv.gradient(&input, &weights);
    assert_eq!(kernel, conv.gradient_of_first(&input, &weights).kernel);
    let with_kernel = |kernel: &Array4<f64>| value(&Conv { kernel: kernel.clone(), ..conv.clone() }, &input);
    assert_gradient("kernel", &kernel, &conv.kernel, with_kernel);
    let with_bias = |bias: &Array1<f64>| value(&Conv { bias: bias.clone(), ..conv.clone() }, &input);
    assert_gradient("bias", &bias, &conv.bias, with_bias);
    assert_gradient("input", &d_input, &input, |input| value(&conv, input));
}

#[test]
fn dense() {
    let mut rng = Rng::with_seed(2);
    let dense = Dense { weight: random((5, 3), &mut rng), bias: random(3, &mut rng) };
    let input = random((4, 5), &mut rng);
    let weights = random((4, 3), &mut rng);
    let value = |dense: &Dense<f64>, input: &Array2<f64>| (dense.forward(input) * &weights).sum();

    let (d_input, Dense { weight, bias }) = dense.gradient(&input, &weights);
    let with_weight =
        |weight: &Array2<f64>| value(&Dense { weight: weight.clone(), ..dense.clone() }, &input);
    assert_gradient("weight", &weight, &dense.weight, with_weight);
    let with_bias = |bias: &Array1<f64>| value(&Dense { bias: bias.clone(), ..dense.clone() }, &input);
    assert_gradient("bias", &bias, &dense.bias, with_bias);
    assert_gradient("input", &d_input, &input, |input| value(&dense, input));
}

#[test]
fn pooling() {
    let mut rng = Rng::with_seed(3);
    let input = random((2, 3, 4, 6), &mut rng);
    let weights = random((2, 3, 2, 3), &mut rng);
    let value = |input: &Array4<f64>| (pool(input) * &weights).sum();
    assert_gradient("input", &pool_gradient(&input, &weights), &input, value);
}

/// The layers together, from the images to the loss. Every parameter is moved at once, along the gradient, so
/// that the slope of the loss is the gradient's square.
#[test]
fn network() {
    let mut rng = Rng::with_seed(4);
    let net = Net::<f64>::random(&mut rng);
    let images = random((3, 1, 28, 28), &mut rng);
    let digits = [7, 0, 4];
    let trace = net.forward(&images);
    let gradient = net.gradient(&images, &trace, &loss(&trace.scores, &digits).1);
    let moved = |step: f64| {
        let mut net = net.clone();
        for (mut parameter, slope) in net.parameters_mut().into_iter().zip(gradient.parameters()) {
            parameter.scaled_add(step, &slope);
        }
        loss(&net.forward(&images).scores, &digits).0
    };
    for part in gradient.parameters() {
        assert!(part.iter().any(|&slope| slope != 0.0), "a layer has no gradient");
    }
    let square: f64 = gradient.parameters().iter().map(|part| part.pow2().sum()).sum();
    let step = 1e-6 / square.sqrt();
    let slope = (moved(step) - moved(-step)) / (2.0 * step);
    // The loss is curved, and has a corner where the input of a `relu` passes zero: more than rounding remains.
    assert!((slope - square).abs() < 1e-5 * square, "the loss rises by {slope}, its gradient says {square}");
}

/// Compares every element of `gradient` with what `value` does when that element of `at` is moved.
fn assert_gradient<D: Dimension>(
    name: &str,
    gradient: &Array<f64, D>,
    at: &Array<f64, D>,
    value: impl Fn(&Array<f64, D>) -> f64,
) {
    assert_eq!(gradient.shape(), at.shape(), "the gradient of the {name} has the wrong shape");
    for (position, &slope) in gradient.iter().enumerate() {
        let moved = |step: f64| {
            let mut moved = at.clone();
            *moved.iter_mut().nth(position).expect("both have one shape") += step;
            value(&moved)
        };
        let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        assert!(
            (slope - difference).abs() < ROUNDING,
            "{name}, element {position}: the gradient is {slope}, the finite difference {difference}"
        );
    }
}

fn random<Sh: ShapeBuilder>(shape: Sh, rng: &mut Rng) -> Array<f64, Sh::Dim> {
    Array::from_shape_simple_fn(shape, || 2.0 * rng.f64() - 1.0)
}
