//! The contraction tree: operands at the top, one row for each step, and beside it what the step does.

use super::{
    Explanation,
    canvas::{self, Align, Area, Canvas, SMALL, TERM, Type, WORDS},
    layout::Point,
    network::draw_operand,
};
use einsum_spec::explain::{ReportStep, StepOperand, text};

const ROW: f64 = 34.0;
const HEAD: f64 = 62.0;
const LEFT: f64 = 40.0;
const BADGE: f64 = 11.0;
const GAP: f64 = 26.0;
const LONGEST: usize = 60;

/// Draws it below `top`. Gives the area that it takes.
pub(crate) fn draw(canvas: &mut Canvas, explanation: &Explanation, top: f64) -> Area {
    let steps = explanation.report.steps();
    let terms: Vec<&str> = explanation.terms().collect();
    let tree = Tree::new(explanation, &terms, top);
    let width = tree.right + GAP;
    let right = draw_table(canvas, explanation, &tree, width);
    for (n, step) in steps.iter().enumerate() {
        for &operand in &step.operands {
            let (from, to) = (tree.place(operand), tree.steps[n]);
            let path = format!("M{} {}V{}H{}", r(from.x), r(from.y), r(to.y), r(to.x));
            canvas.line(path, canvas::width_of(explanation.elements(operand)).min(7.0), canvas::SUMMED);
        }
    }
    for (n, &place) in tree.operands.iter().enumerate() {
        let area = Area::around(place, tree.pills[n], 26.0);
        draw_operand(canvas, area, area.from - Point { x: 1.0, y: 3.0 }, n, terms[n]);
    }
    let output = draw_output(canvas, explanation, &tree);
    for (n, &place) in tree.steps.iter().enumerate() {
        canvas.badge(place, n + 1, Some(n) == explanation.costliest(), BADGE);
    }
    Area { from: Point { x: 0.0, y: top }, to: Point { x: right, y: output } }
}

fn r(number: f64) -> f64 {
    canvas::rounded(number)
}

/// Where everything is.
struct Tree {
    operands: Vec<Point>,
    /// How wide their nodes are.
    pills: Vec<f64>,
    steps: Vec<Point>,
    right: f64,
}

impl Tree {
    // Operands from left to right as the steps read them, so that no lines cross; a step stands between its own.
    fn new(explanation: &Explanation, terms: &[&str], top: f64) -> Tree {
        let steps = explanation.report.steps();
        let pills: Vec<f64> = terms.iter().map(|term| (TERM.width(term) + 16.0).max(26.0)).collect();
        let mut order = Vec::new();
        append_operands(steps, StepOperand::Intermediate(steps.len() - 1), &mut order);
        let (mut x, mut operands) = (LEFT, vec![Point::default(); terms.len()]);
        for operand in order {
            operands[operand] = Point { x: x + pills[operand] / 2.0, y: top + HEAD };
            x += pills[operand] + 16.0;
        }
        let mut tree = Tree { operands, pills, steps: Vec::new(), right: x };
        for (n, step) in steps.iter().enumerate() {
            let places: Vec<f64> = step.operands.iter().map(|&operand| tree.place(operand).x).collect();
            let (first, last) =
                (places.iter().copied().fold(f64::MAX, f64::min), places.iter().copied().fold(0.0, f64::max));
            tree.steps.push(Point { x: (first + last) / 2.0, y: top + HEAD + 44.0 + ROW * n as f64 });
        }
        tree
    }

    fn place(&self, operand: StepOperand) -> Point {
        match operand {
            StepOperand::Operand(n) => self.operands[n],
            StepOperand::Intermediate(n) => self.steps[n],
        }
    }
}

fn append_operands(steps: &[ReportStep], of: StepOperand, order: &mut Vec<usize>) {
    match of {
        StepOperand::Operand(n) => order.push(n),
        StepOperand::Intermediate(n) => {
            for &operand in &steps[n].operands {
                append_operands(steps, operand, order);
            }
        }
    }
}

// The columns from `left` on. Gives the right end.
fn draw_table(canvas: &mut Canvas, explanation: &Explanation, tree: &Tree, left: f64) -> f64 {
    let report = &explanation.report;
    let mut rows = vec![["subscripts", "kernel", "FLOPs", "", "elements"].map(String::from)];
    rows.extend(report.steps().iter().map(|step| {
        let share = 100.0 * step.flop_count as f64 / (report.flop_count() as f64).max(1.0);
        let subscripts = if step.subscripts.chars().count() > LONGEST {
            step.subscripts.chars().take(LONGEST).chain(['…']).collect()
        } else {
            step.subscripts.clone()
        };
        [
            subscripts,
            step.kernel.to_string(),
            text::count(step.flop_count),
            format!("{share:.0} %"),
            text::count(step.elements),
        ]
    }));
    let sets = [Type { is_bold: false, ..TERM }, WORDS, WORDS, WORDS, WORDS];
    let widths: Vec<f64> = (0..5)
        .map(|column| rows.iter().map(|row| sets[column].width(&row[column])).fold(0.0, f64::max))
        .collect();
    let right = left + widths.iter().sum::<f64>() + 4.0 * GAP;
    let head = tree.operands.first().map_or(0.0, |place| place.y);
    for (n, row) in rows.iter().enumerate() {
        let y = if n == 0 { head } else { tree.steps[n - 1].y };
        if n > 0 {
            let is_costly = Some(n - 1) == explanation.costliest();
            let band = if is_costly {
                canvas::COSTLY_BAND
            } else if n % 2 == 1 {
                canvas::BAND
            } else {
                "white"
            };
            let corner = Point { x: LEFT - 20.0, y: y - ROW / 2.0 };
            canvas.band(Area { from: corner, to: Point { x: right + 14.0, y: y + ROW / 2.0 } }, band);
        }
        let mut x = left;
        for (column, cell) in row.iter().enumerate() {
            let set = if n == 0 { SMALL } else { sets[column] };
            if column < 2 {
                canvas.text(cell, Point { x, y }, Align::Start, set);
            } else {
                canvas.text(cell, Point { x: x + widths[column], y }, Align::End, set);
            }
            x += widths[column] + GAP;
        }
    }
    right
}

// Below the last step. Gives the lower end.
fn draw_output(canvas: &mut Canvas, explanation: &Explanation, tree: &Tree) -> f64 {
    let term = explanation.report.subscripts().split("->").nth(1).unwrap_or_default();
    let last = tree.steps[tree.steps.len() - 1];
    let place = Point { x: last.x, y: last.y + ROW + 8.0 };
    let elements = explanation.elements(StepOperand::Intermediate(tree.steps.len() - 1));
    canvas.line(
        format!("M{} {}V{}", r(last.x), r(last.y), r(place.y)),
        canvas::width_of(elements).min(7.0),
        canvas::KEPT,
    );
    let area = Area::around(place, (TERM.width(term) + 16.0).max(26.0), 26.0);
    canvas.pill(area, "white", canvas::KEPT);
    canvas.text(if term.is_empty() { "·" } else { term }, place, Align::Middle, TERM);
    area.to.y
}
