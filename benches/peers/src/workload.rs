//! What is measured: subscripts, operands, element type, and what limits it.

use crate::element::Dtype;
use crate::order::Order;
use crate::subscripts::Subscripts;
use serde_json::{Value, json};

/// What a workload can be limited by at best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Fused multiply-adds.
    Compute,
    /// Loads: nothing of size is written.
    Read,
    /// Loads and stores, or stores.
    Copy,
}

impl Bound {
    fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Read => "read",
            Self::Copy => "copy",
        }
    }
}

/// An operand: an array in standard layout, or the view of its windows.
#[derive(Clone, Debug)]
pub struct Operand {
    pub shape: Vec<usize>,
    pub windows: Option<Windows>,
}

/// Windows of these extents along two axes; their axes come last.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    pub axes: [usize; 2],
    pub extents: [usize; 2],
    /// From a window to the next, and from an element of a window to the next.
    pub stride: usize,
    pub dilation: usize,
}

impl Windows {
    /// How far a window reaches.
    pub fn reach(&self) -> [usize; 2] {
        self.extents.map(|extent| self.dilation * (extent - 1) + 1)
    }
}

impl Operand {
    pub fn plain(shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), windows: None }
    }

    pub fn windows(shape: &[usize], axes: [usize; 2], extents: [usize; 2]) -> Self {
        Self::spread_windows(shape, axes, extents, [1, 1])
    }

    /// Windows with a stride and a dilation.
    pub fn spread_windows(
        shape: &[usize],
        axes: [usize; 2],
        extents: [usize; 2],
        [stride, dilation]: [usize; 2],
    ) -> Self {
        let windows = Windows { axes, extents, stride, dilation };
        Self { shape: shape.to_vec(), windows: Some(windows) }
    }

    /// The shape of what the subscripts see.
    pub fn view_shape(&self) -> Vec<usize> {
        let mut shape = self.shape.clone();
        if let Some(windows) = self.windows {
            for (n, axis) in windows.axes.into_iter().enumerate() {
                shape[axis] = (shape[axis] - windows.reach()[n]) / windows.stride + 1;
                shape.push(windows.extents[n]);
            }
        }
        shape
    }
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Workload {
    /// `class/element type/size/variant`.
    pub name: String,
    pub dtype: Dtype,
    pub subscripts: String,
    pub operands: Vec<Operand>,
    pub bound: Bound,
    /// Whether the result goes into an array that exists, which is then the same for all calls.
    pub into: bool,
    /// The same on the arrays without their windows, by affine axes: what ndeinsum calls.
    pub affine: Option<String>,
}

impl Workload {
    pub fn class(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    pub fn terms(&self) -> Subscripts {
        Subscripts::new(&self.subscripts)
    }

    pub fn view_shapes(&self) -> Vec<Vec<usize>> {
        self.operands.iter().map(Operand::view_shape).collect()
    }

    pub fn output_shape(&self) -> Vec<usize> {
        let terms = self.terms();
        let extents = terms.extents(&self.view_shapes());
        terms.output.iter().map(|label| extents[label]).collect()
    }

    pub fn order(&self) -> Order {
        let terms = self.terms();
        Order::best(&terms, &terms.extents(&self.view_shapes()))
    }

    /// Operations on real numbers, in the best order of steps.
    pub fn flops(&self) -> f64 {
        self.order().multiply_adds * self.dtype.flops_per_multiply_add() as f64
    }

    pub fn output_bytes(&self) -> usize {
        self.output_shape().iter().product::<usize>() * self.dtype.size()
    }

    /// Bytes of the operands and the result, each once.
    pub fn bytes(&self) -> usize {
        let operands: usize =
            self.operands.iter().map(|operand| operand.shape.iter().product::<usize>()).sum();
        operands * self.dtype.size() + self.output_bytes()
    }

    /// Products that are added to one element of the result.
    pub fn terms_per_output(&self) -> f64 {
        let terms = self.terms();
        let extents = terms.extents(&self.view_shapes());
        let contracted = extents.iter().filter(|(label, _)| !terms.output.contains(label));
        contracted.map(|(_, &extent)| extent as f64).product()
    }

    /// The relative error that is allowed: rounding errors of a plain sum are a random walk, so √K of them, and a few
    /// more for the products.
    pub fn tolerance(&self) -> f64 {
        self.dtype.epsilon() * (8.0 + 4.0 * self.terms_per_output().sqrt())
    }

    /// What `compare.py` has to know.
    pub fn to_json(&self) -> Value {
        let operands = self.operands.iter().map(|operand| match operand.windows {
            None => json!({"shape": operand.shape}),
            Some(Windows { axes, extents, stride, dilation }) => json!({
                "shape": operand.shape,
                "windows": {"axes": axes, "extents": extents, "stride": stride, "dilation": dilation},
            }),
        });
        json!({
            "name": self.name,
            "class": self.class(),
            "dtype": self.dtype.name(),
            "subscripts": self.subscripts,
            "operands": operands.collect::<Vec<_>>(),
            "output": self.output_shape(),
            "into": self.into,
            "bound": self.bound.name(),
            "flops": self.flops(),
            "bytes": self.bytes(),
            "tolerance": self.tolerance(),
        })
    }
}
