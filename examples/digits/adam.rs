//! Adam (Kingma and Ba, 2015): gradient descent in which every parameter has a step size of its own.

use crate::net::Net;
use ndarray::Zip;

/// How much of the running means of the gradient, and of its square, survives a step.
const KEEP: [f32; 2] = [0.9, 0.999];

pub(crate) struct Adam {
    mean: Net<f32>,
    mean_square: Net<f32>,
    steps: i32,
}

impl Adam {
    pub(crate) fn new(net: &Net<f32>) -> Self {
        let mut zeros = net.clone();
        zeros.parameters_mut().iter_mut().for_each(|parameter| parameter.fill(0.0));
        Adam { mean: zeros.clone(), mean_square: zeros, steps: 0 }
    }

    /// The scale of `gradient` does not matter to Adam: the sum over a batch serves as well as the mean.
    pub(crate) fn step(&mut self, net: &mut Net<f32>, gradient: &Net<f32>, rate: f32) {
        self.steps += 1;
        // The means start from zero, so the first ones are too small, by these factors.
        let [warm, warm_square] = KEEP.map(|keep| 1.0 - keep.powi(self.steps));
        let means = self.mean.parameters_mut().into_iter().zip(self.mean_square.parameters_mut());
        let pairs = net.parameters_mut().into_iter().zip(gradient.parameters());
        for ((parameter, gradient), (mean, mean_square)) in pairs.zip(means) {
            Zip::from(parameter).and(gradient).and(mean).and(mean_square).for_each(|p, &g, m, s| {
                *m += (1.0 - KEEP[0]) * (g - *m);
                *s += (1.0 - KEEP[1]) * (g * g - *s);
                *p -= rate * (*m / warm) / ((*s / warm_square).sqrt() + 1e-8);
            });
        }
    }
}
