//! The tensor network: where its nodes and names go on the page.

use crate::{
    Explanation,
    canvas::{self, Align, Area, Canvas, SMALL, TERM, Type, WORDS},
    graph::{Graph, Line, Node},
    layout::{self, Point},
};
use einsum_spec::spec::IndexId;

/// How long a line from operand to operand is.
const UNIT: f64 = 120.0;
/// A row of parts is no wider, if it can.
const PAGE: f64 = 860.0;
const MARGIN: f64 = 46.0;
const PILL: f64 = 30.0;
const BADGE: f64 = 8.0;

/// Draws it below `top`. Gives the area that it takes.
pub(crate) fn draw(canvas: &mut Canvas, explanation: &Explanation, top: f64) -> Area {
    let graph = Graph::new(&explanation.spec);
    let terms: Vec<&str> = explanation.terms().collect();
    let (places, area) = arrange(&graph, &terms, top);
    let nodes: Vec<Area> =
        graph.nodes.iter().zip(&places).map(|(node, &place)| area_of(node, place, &terms)).collect();
    let curves = curves(&graph, &places, &nodes);
    for (line, curve) in graph.lines.iter().zip(&curves) {
        let width = canvas::width_of(explanation.extent(line.index) as f64);
        canvas.line(curve.path(), width, colour(explanation, line.index));
    }
    draw_nodes(canvas, explanation, &graph, &nodes, &terms);
    draw_names(canvas, explanation, &graph, &nodes, &curves)
        .into_iter()
        .fold(area, |area, name| area.union(name.grown(8.0)))
}

// Each part by itself, one beside the other in rows.
fn arrange(graph: &Graph, terms: &[&str], top: f64) -> (Vec<Point>, Area) {
    let mut places = vec![Point::default(); graph.nodes.len()];
    let (mut corner, mut bottom, mut right) = (Point { x: 0.0, y: top }, top, 0.0_f64);
    let mut row: Vec<(usize, f64)> = Vec::new();
    // The parts of a row have one middle line.
    let finish_row = |row: &mut Vec<(usize, f64)>, places: &mut Vec<Point>, height: f64| {
        for (node, own) in row.drain(..) {
            places[node].y += (height - own) / 2.0;
        }
    };
    for part in graph.parts() {
        let local = layout::places(graph, &part, UNIT);
        let areas = part.iter().zip(&local).map(|(&node, &place)| area_of(&graph.nodes[node], place, terms));
        let Some(area) = areas.reduce(Area::union) else { continue };
        let area = area.grown(MARGIN);
        let size = area.to - area.from;
        if corner.x > 0.0 && corner.x + size.x > PAGE {
            finish_row(&mut row, &mut places, bottom - corner.y);
            corner = Point { x: 0.0, y: bottom };
        }
        for (&node, &place) in part.iter().zip(&local) {
            places[node] = place - area.from + corner;
            row.push((node, size.y));
        }
        bottom = bottom.max(corner.y + size.y);
        corner.x += size.x;
        right = right.max(corner.x);
    }
    finish_row(&mut row, &mut places, bottom - corner.y);
    (places, Area { from: Point { x: 0.0, y: top }, to: Point { x: right, y: bottom } })
}

fn area_of(node: &Node, place: Point, terms: &[&str]) -> Area {
    match node {
        Node::Operand(n) => Area::around(place, (TERM.width(terms[*n]) + 22.0).max(PILL), PILL),
        Node::Dot | Node::End => Area::around(place, 9.0, 9.0),
    }
}

fn colour(explanation: &Explanation, index: IndexId) -> &'static str {
    if explanation.spec.output.contains(&index) { canvas::KEPT } else { canvas::SUMMED }
}

/// A line, bent to one side.
struct Curve {
    from: Point,
    bend: Point,
    to: Point,
}

impl Curve {
    fn new(from: Point, to: Point, bulge: f64) -> Curve {
        let along = to - from;
        let across = along.turned() * (1.0 / along.length().max(1.0));
        Curve { from, bend: (from + to) * 0.5 + across * (2.0 * bulge), to }
    }

    fn at(&self, t: f64) -> Point {
        self.from * ((1.0 - t) * (1.0 - t)) + self.bend * (2.0 * t * (1.0 - t)) + self.to * (t * t)
    }

    // Points on it.
    fn points(&self) -> impl Iterator<Item = Point> {
        (0..=24).map(|n| self.at(f64::from(n) / 24.0))
    }

    fn path(&self) -> String {
        let [from, bend, to] = [self.from, self.bend, self.to]
            .map(|point| format!("{} {}", canvas::rounded(point.x), canvas::rounded(point.y)));
        format!("M{from}Q{bend} {to}")
    }
}

// Lines between the same nodes part from each other; a single one evades other nodes.
fn curves(graph: &Graph, places: &[Point], nodes: &[Area]) -> Vec<Curve> {
    let ends = |line: &Line| (line.from.min(line.to), line.from.max(line.to));
    let curve = |(n, line): (usize, &Line)| {
        let (from, to) = ends(line);
        let same = graph.lines.iter().enumerate().filter(|(_, other)| ends(other) == (from, to));
        let same: Vec<usize> = same.map(|(m, _)| m).collect();
        let rank = same.iter().position(|&m| m == n).unwrap_or(0) as f64;
        let spread = if matches!(graph.nodes[to], Node::Operand(_)) { 34.0 } else { 24.0 };
        let middle = (rank - (same.len() - 1) as f64 / 2.0) * spread;
        let evasions: &[f64] =
            if same.len() > 1 { &[0.0] } else { &[0.0, 16.0, -16.0, 32.0, -32.0, 54.0, -54.0, 80.0, -80.0] };
        let cost = |evasion: f64| {
            let curve = Curve::new(places[from], places[to], middle + evasion);
            let others = nodes.iter().enumerate().filter(|&(node, _)| node != from && node != to);
            let hits: usize = others
                .map(|(_, area)| curve.points().filter(|&point| area.grown(5.0).contains(point)).count())
                .sum();
            hits as f64 * 20.0 + evasion.abs()
        };
        let evasion = cheapest(evasions.iter().copied(), cost);
        Curve::new(places[from], places[to], middle + evasion)
    };
    graph.lines.iter().enumerate().map(curve).collect()
}

// The first of the cheapest.
fn cheapest<T: Copy>(choices: impl Iterator<Item = T>, cost: impl Fn(T) -> f64) -> T {
    let costs = choices.map(|choice| (cost(choice), choice));
    costs.reduce(|best, other| if other.0 < best.0 { other } else { best }).expect("there is a choice").1
}

fn draw_nodes(canvas: &mut Canvas, explanation: &Explanation, graph: &Graph, nodes: &[Area], terms: &[&str]) {
    for (n, (node, &area)) in graph.nodes.iter().zip(nodes).enumerate() {
        let middle = (area.from + area.to) * 0.5;
        match node {
            Node::Operand(operand) => draw_operand(canvas, area, *operand, terms[*operand]),
            Node::Dot | Node::End => {
                let line = graph.lines.iter().find(|line| line.from == n || line.to == n);
                let colour = line.map_or(canvas::SUMMED, |line| colour(explanation, line.index));
                let fill = if matches!(node, Node::Dot) { colour } else { "white" };
                canvas.circle(middle, 4.5, fill, colour);
            }
        }
    }
}

/// An operand: its term, and its position as a note at the upper left.
pub(crate) fn draw_operand(canvas: &mut Canvas, area: Area, position: usize, term: &str) {
    let middle = (area.from + area.to) * 0.5;
    canvas.pill(area, canvas::OPERAND, canvas::OPERAND_EDGE);
    canvas.text(if term.is_empty() { "·" } else { term }, middle, Align::Middle, TERM);
    let set = Type { is_bold: true, colour: canvas::OPERAND_EDGE, ..SMALL };
    canvas.text(&position.to_string(), area.from - Point { x: 1.0, y: 3.0 }, Align::Middle, set);
}

// A name goes where it is in nobody's way. Gives the areas of the names.
fn draw_names(
    canvas: &mut Canvas,
    explanation: &Explanation,
    graph: &Graph,
    nodes: &[Area],
    curves: &[Curve],
) -> Vec<Area> {
    // The position of an operand is on the upper left of its node.
    let mut taken: Vec<Area> = nodes.to_vec();
    taken.extend(
        nodes
            .iter()
            .take(explanation.spec.operands.len())
            .map(|area| Area::around(area.from - Point { x: 1.0, y: 3.0 }, 16.0, 14.0)),
    );
    let mut names = Vec::new();
    for (n, line) in graph.lines.iter().enumerate().filter(|(_, line)| line.is_named) {
        let name = Name::new(explanation, line.index);
        let areas = candidates(&curves[n], name.width(), matches!(graph.nodes[line.to], Node::End));
        let cost = |(area, detour): (Area, f64)| {
            let overlap: f64 = taken.iter().chain(&names).map(|other| area.grown(2.0).overlap(*other)).sum();
            let others = curves.iter().enumerate().filter(|&(m, _)| m != n);
            let hits: usize = others
                .map(|(_, curve)| curve.points().filter(|&point| area.grown(3.0).contains(point)).count())
                .sum();
            overlap + hits as f64 * 12.0 + detour
        };
        let (area, _) = cheapest(areas.into_iter(), cost);
        name.draw(canvas, area);
        names.push(area);
    }
    names
}

// Where a name can stand, and how far-fetched that is: behind an open end, or along the line and beside it.
fn candidates(curve: &Curve, width: f64, is_open: bool) -> Vec<(Area, f64)> {
    const HEIGHT: f64 = 18.0;
    let mut areas = Vec::new();
    if is_open {
        let along = curve.to - curve.bend;
        let along = along * (1.0 / along.length().max(1.0));
        // Far enough that the box, which is wider than it is high, is clear of the end.
        let reach = 8.0 + along.x.abs() * width / 2.0 + along.y.abs() * HEIGHT / 2.0;
        for further in [0.0, 8.0, 16.0] {
            areas.push((Area::around(curve.to + along * (reach + further), width, HEIGHT), further));
        }
    }
    for (t, detour) in
        [(0.5, 0.0), (0.42, 6.0), (0.58, 6.0), (0.34, 12.0), (0.66, 12.0), (0.26, 24.0), (0.74, 24.0)]
    {
        let (point, along) = (curve.at(t), curve.at(t + 0.05) - curve.at(t - 0.05));
        let across = along.turned() * (1.0 / along.length().max(1e-9));
        let beside = 6.0 + across.x.abs() * width / 2.0 + across.y.abs() * HEIGHT / 2.0;
        let detour = detour + if is_open { 20.0 } else { 0.0 };
        areas.push((Area::around(point, width, HEIGHT), detour + 4.0));
        areas.push((Area::around(point + across * beside, width, HEIGHT), detour));
        areas.push((Area::around(point - across * beside, width, HEIGHT), detour));
        areas.push((Area::around(point + across * (beside + 12.0), width, HEIGHT), detour + 30.0));
        areas.push((Area::around(point - across * (beside + 12.0), width, HEIGHT), detour + 30.0));
    }
    areas
}

/// An index: its letter, its extent, and the step that sums over it.
struct Name {
    letter: String,
    extent: String,
    step: Option<usize>,
    is_costly: bool,
}

impl Name {
    fn new(explanation: &Explanation, index: IndexId) -> Name {
        let step = explanation.summed_in(index);
        let is_costly = step.is_some() && step == explanation.costliest();
        Name {
            letter: explanation.name(index),
            extent: explanation.extent(index).to_string(),
            step,
            is_costly,
        }
    }

    fn width(&self) -> f64 {
        let badge = if self.step.is_some() { 2.0 * BADGE + 4.0 } else { 0.0 };
        TERM.width(&self.letter) + 5.0 + WORDS.width(&self.extent) + badge + 4.0
    }

    fn draw(&self, canvas: &mut Canvas, area: Area) {
        canvas.band(area, "white");
        let mut at = Point { x: area.from.x + 2.0, y: (area.from.y + area.to.y) / 2.0 };
        canvas.text(&self.letter, at, Align::Start, TERM);
        at.x += TERM.width(&self.letter) + 5.0;
        canvas.text(&self.extent, at, Align::Start, WORDS);
        if let Some(step) = self.step {
            let at = Point { x: area.to.x - BADGE - 2.0, ..at };
            canvas.badge(at, step + 1, self.is_costly, BADGE);
        }
    }
}
