//! The drawing: the tensor network, below it the contraction tree with its table, and a legend.

use super::{
    Explanation,
    canvas::{self, Align, Area, Canvas, SMALL, TERM, Type, WORDS},
    layout::Point,
    network, tree,
};
use einsum_spec::{
    explain::{StepOperand, text},
    spec::IndexId,
};

const LEFT: f64 = 20.0;
const NARROWEST: f64 = 640.0;

/// The drawing as the text of an SVG file. The same contraction gives the same text.
pub(crate) fn draw(explanation: &Explanation) -> String {
    let mut canvas = Canvas::default();
    let title = draw_title(&mut canvas, explanation);
    let network = network::draw(&mut canvas, explanation, title.to.y);
    let tree = tree::draw(&mut canvas, explanation, network.to.y);
    let legend = draw_legend(&mut canvas, tree.to.y + 26.0);
    let page = [title, network, tree, legend].into_iter().reduce(Area::union).expect("there are four");
    canvas.finish(page.to.x.max(NARROWEST) + LEFT, page.to.y + 14.0)
}

// The subscripts, and the most important numbers.
fn draw_title(canvas: &mut Canvas, explanation: &Explanation) -> Area {
    const LONGEST: usize = 90;
    let report = &explanation.report;
    let subscripts = report.subscripts();
    let shown: String = match subscripts.chars().count() {
        0..=LONGEST => subscripts.into(),
        _ => subscripts.chars().take(LONGEST).chain(['…']).collect(),
    };
    let set = Type { size: 18.0, ..TERM };
    canvas.text(&shown, Point { x: LEFT, y: 26.0 }, Align::Start, set);
    let steps = report.steps().len();
    let numbers = format!(
        "{} FLOPs in {steps} step{}; {} in one ({} times as many)",
        text::count(report.flop_count()),
        if steps == 1 { "" } else { "s" },
        text::real(report.naive_flop_count(), 0),
        text::real(report.speedup(), 1),
    );
    let memory = format!(
        "largest result of a step {} elements; peak of temporary memory {} bytes",
        text::count(report.largest_intermediate()),
        text::count(report.peak_memory()),
    );
    canvas.text(&numbers, Point { x: LEFT, y: 50.0 }, Align::Start, WORDS);
    canvas.text(&memory, Point { x: LEFT, y: 68.0 }, Align::Start, WORDS);
    let width = set.width(&shown).max(WORDS.width(&numbers)).max(WORDS.width(&memory));
    Area { from: Point::default(), to: Point { x: LEFT + width, y: 80.0 } }
}

type Sample = (&'static str, fn(&mut Canvas, Point));

/// What the marks mean.
const LEGEND: [Sample; 7] = [
    ("an operand: its position and its term", |canvas, at| {
        network::draw_operand(canvas, Area::around(at, 34.0, 20.0), at - Point { x: 18.0, y: 13.0 }, 0, "ij");
    }),
    (
        "an index that is summed over; a wider line is a longer index (or, in the tree, a larger array)",
        |canvas, at| {
            canvas.line(format!("M{} {}h34", at.x - 17.0, at.y), 4.0, canvas::SUMMED);
        },
    ),
    ("an index of the output", |canvas, at| {
        canvas.line(format!("M{} {}h30", at.x - 17.0, at.y), 4.0, canvas::KEPT);
        canvas.circle(at + Point { x: 14.0, y: 0.0 }, 4.5, "white", canvas::KEPT);
    }),
    (
        "here the lines of one index meet: three operands or more, two and the output, a diagonal, or a sum over one operand",
        |canvas, at| {
            canvas.line(
                format!("M{} {}L{} {}l17 8m-17 -8l17 -8", at.x - 17.0, at.y, at.x, at.y),
                3.0,
                canvas::SUMMED,
            );
            canvas.circle(at, 4.5, canvas::SUMMED, canvas::SUMMED);
        },
    ),
    ("a step, and beside an index the step that sums over it", |canvas, at| canvas.badge(at, 1, false, 9.0)),
    ("the step with the most FLOPs", |canvas, at| canvas.badge(at, 2, true, 9.0)),
    ("the result", |canvas, at| {
        canvas.pill(Area::around(at, 34.0, 20.0), "white", canvas::KEPT);
        canvas.text("ik", at, Align::Middle, TERM);
    }),
];

fn draw_legend(canvas: &mut Canvas, top: f64) -> Area {
    let mut at = Point { x: LEFT + 20.0, y: top };
    let mut width: f64 = 0.0;
    for (words, sample) in LEGEND {
        at.y += 26.0;
        sample(canvas, at);
        canvas.text(words, at + Point { x: 28.0, y: 0.0 }, Align::Start, SMALL);
        width = width.max(SMALL.width(words));
    }
    Area { from: Point { x: 0.0, y: top }, to: Point { x: at.x + 28.0 + width, y: at.y + 12.0 } }
}

impl Explanation {
    /// The step that sums over an index.
    pub(crate) fn summed_in(&self, index: IndexId) -> Option<usize> {
        self.plan.steps.iter().position(|step| step.roles.reduced().any(|id| id == index))
    }

    /// The step with the most FLOPs, if there are several steps.
    pub(crate) fn costliest(&self) -> Option<usize> {
        (self.report.steps().len() > 1).then(|| self.report.costliest_step())
    }

    /// How many elements an operand or a result has.
    pub(crate) fn elements(&self, of: StepOperand) -> f64 {
        match of {
            StepOperand::Operand(n) => {
                self.spec.operands[n].iter().map(|&id| self.extent(id) as f64).product()
            }
            StepOperand::Intermediate(n) => self.report.steps()[n].elements as f64,
        }
    }
}
