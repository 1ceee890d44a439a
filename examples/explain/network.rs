//! The tensor network: where its nodes and names go on the page.

use super::{
    Explanation,
    canvas::{self, Align, Area, Canvas, SMALL, TERM, Type, WORDS},
    graph::{Graph, Line, Node},
    layout::{self, Point},
};
use einsum_spec::spec::IndexId;

/// How long a line from operand to operand is.
const UNIT: f64 = 140.0;
/// A row of parts is no wider, if it can.
const PAGE: f64 = 1000.0;
const MARGIN: f64 = 56.0;
const PILL: f64 = 30.0;
const BADGE: f64 = 8.0;

/// Draws it below `top`. Gives the area that it takes.
pub(crate) fn draw(canvas: &mut Canvas, explanation: &Explanation, top: f64) -> Area {
    let network = Network::new(explanation, top);
    for (line, curve) in network.graph.lines.iter().zip(&network.curves) {
        let width = canvas::width_of(explanation.extent(line.index) as f64);
        canvas.line(curve.path(), width, network.colour(line.index));
    }
    network.draw_nodes(canvas);
    let names = network.draw_names(canvas);
    names.into_iter().fold(network.area, |area, name| area.union(name.grown(8.0)))
}

/// The graph with the place of everything but the names.
struct Network<'e> {
    explanation: &'e Explanation,
    graph: Graph,
    /// The nodes.
    nodes: Vec<Area>,
    /// The lines.
    curves: Vec<Curve>,
    /// The positions of the operands, in small figures at a corner of the node.
    notes: Vec<Area>,
    /// All of it.
    area: Area,
}

impl<'e> Network<'e> {
    fn new(explanation: &'e Explanation, top: f64) -> Network<'e> {
        let graph = Graph::new(&explanation.spec);
        let area = Area { from: Point::default(), to: Point::default() };
        let mut network =
            Network { explanation, graph, nodes: Vec::new(), curves: Vec::new(), notes: Vec::new(), area };
        let places = network.arrange(top);
        let sizes = (0..places.len()).map(|node| network.size_of(node));
        network.nodes = sizes.zip(&places).map(|(size, &at)| Area::around(at, size.x, size.y)).collect();
        network.curves = (0..network.graph.lines.len()).map(|line| network.curve(line, &places)).collect();
        network.notes = (0..explanation.spec.operands.len()).map(|operand| network.note(operand)).collect();
        network
    }

    // Each connected part by itself, one beside the other in rows. The parts of a row have one middle line.
    fn arrange(&mut self, top: f64) -> Vec<Point> {
        let mut places = vec![Point::default(); self.graph.nodes.len()];
        let (mut corner, mut bottom) = (Point { x: 0.0, y: top }, top);
        let mut row: Vec<(usize, f64)> = Vec::new();
        for part in self.graph.parts() {
            let local = layout::places(&self.graph, &part, UNIT);
            let areas = part.iter().zip(&local).map(|(&node, &place)| {
                let room = self.room_for(node);
                Area::around(place, room.x, room.y)
            });
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
            self.area =
                self.area.union(Area { from: Point::default(), to: Point { x: corner.x, y: bottom } });
        }
        finish_row(&mut row, &mut places, bottom - corner.y);
        places
    }

    fn size_of(&self, node: usize) -> Point {
        match self.graph.nodes[node] {
            Node::Operand(n) => Point { x: (TERM.width(self.term(n)) + 22.0).max(PILL), y: PILL },
            Node::Dot | Node::End => Point { x: 9.0, y: 9.0 },
        }
    }

    // The size, and behind an open end the name of the index.
    fn room_for(&self, node: usize) -> Point {
        let size = self.size_of(node);
        match (&self.graph.nodes[node], self.graph.lines.iter().find(|line| line.to == node)) {
            (Node::End, Some(line)) => {
                Point { x: size.x + 2.0 * Name::new(self.explanation, line.index).width(), ..size }
            }
            _ => size,
        }
    }

    fn term(&self, operand: usize) -> &'e str {
        self.explanation.terms().nth(operand).unwrap_or_default()
    }

    fn colour(&self, index: IndexId) -> &'static str {
        if self.explanation.spec.output.contains(&index) { canvas::KEPT } else { canvas::SUMMED }
    }

    // Lines between the same nodes part from each other; a single one evades other nodes.
    fn curve(&self, line: usize, places: &[Point]) -> Curve {
        let ends = |line: &Line| (line.from.min(line.to), line.from.max(line.to));
        let (from, to) = ends(&self.graph.lines[line]);
        let alike = self.graph.lines.iter().enumerate().filter(|(_, other)| ends(other) == (from, to));
        let alike: Vec<usize> = alike.map(|(other, _)| other).collect();
        let rank = alike.iter().position(|&other| other == line).unwrap_or(0) as f64;
        let spread = if matches!(self.graph.nodes[to], Node::Operand(_)) { 34.0 } else { 24.0 };
        let bulge = (rank - (alike.len() - 1) as f64 / 2.0) * spread;
        if alike.len() > 1 {
            return Curve::new(places[from], places[to], bulge);
        }
        let cost = |bulge: f64| {
            let curve = Curve::new(places[from], places[to], bulge);
            let others = self.nodes.iter().enumerate().filter(|&(node, _)| node != from && node != to);
            others.map(|(_, area)| curve.hits(area.grown(5.0))).sum::<f64>() * 20.0 + bulge.abs()
        };
        let bulge = cheapest([0.0, 16.0, -16.0, 32.0, -32.0, 54.0, -54.0, 80.0, -80.0], cost);
        Curve::new(places[from], places[to], bulge.unwrap_or_default())
    }

    // The corner that the fewest lines pass.
    fn note(&self, operand: usize) -> Area {
        let node = self.nodes[operand];
        let corners = [
            (node.from.x, node.from.y),
            (node.to.x, node.from.y),
            (node.from.x, node.to.y),
            (node.to.x, node.to.y),
        ];
        let middle = node.middle();
        let areas = corners.map(|(x, y)| {
            let corner = Point { x, y: y + (y - middle.y) * 0.2 };
            Area::around(corner, 8.0 * operand.to_string().len() as f64, 12.0)
        });
        cheapest(areas, |area| self.curves.iter().map(|curve| curve.hits(area)).sum()).unwrap_or(node)
    }

    fn draw_nodes(&self, canvas: &mut Canvas) {
        for (n, (node, &area)) in self.graph.nodes.iter().zip(&self.nodes).enumerate() {
            match node {
                Node::Operand(operand) => {
                    draw_operand(canvas, area, self.notes[*operand].middle(), *operand, self.term(*operand));
                }
                Node::Dot | Node::End => {
                    let line = self.graph.lines.iter().find(|line| line.from == n || line.to == n);
                    let colour = line.map_or(canvas::SUMMED, |line| self.colour(line.index));
                    let fill = if matches!(node, Node::Dot) { colour } else { "white" };
                    canvas.circle(area.middle(), 4.5, fill, colour);
                }
            }
        }
    }

    // A name goes where it is in nobody's way. Gives the areas of the names.
    fn draw_names(&self, canvas: &mut Canvas) -> Vec<Area> {
        let mut names: Vec<Area> = Vec::new();
        for (n, line) in self.graph.lines.iter().enumerate().filter(|(_, line)| line.is_named) {
            let name = Name::new(self.explanation, line.index);
            let is_open = matches!(self.graph.nodes[line.to], Node::End);
            let cost = |(area, detour): (Area, f64)| {
                let taken = self.nodes.iter().chain(&self.notes).chain(&names);
                let overlap: f64 = taken.map(|other| area.grown(2.0).overlap(*other)).sum();
                let others = self.curves.iter().enumerate().filter(|&(m, _)| m != n);
                let hits: f64 = others.map(|(_, curve)| curve.hits(area.grown(3.0))).sum();
                overlap + hits * 12.0 + detour
            };
            let Some((area, _)) = cheapest(candidates(&self.curves[n], name.width(), is_open), cost) else {
                continue;
            };
            name.draw(canvas, area);
            names.push(area);
        }
        names
    }
}

fn finish_row(row: &mut Vec<(usize, f64)>, places: &mut [Point], height: f64) {
    for (node, own) in row.drain(..) {
        places[node].y += (height - own) / 2.0;
    }
}

// The first of the cheapest.
fn cheapest<T: Copy>(choices: impl IntoIterator<Item = T>, cost: impl Fn(T) -> f64) -> Option<T> {
    let costs = choices.into_iter().map(|choice| (cost(choice), choice));
    costs.reduce(|best, other| if other.0 < best.0 { other } else { best }).map(|(_, choice)| choice)
}

/// An operand: its term, and its position as a note beside it.
pub(crate) fn draw_operand(canvas: &mut Canvas, area: Area, note: Point, position: usize, term: &str) {
    canvas.pill(area, canvas::OPERAND, canvas::OPERAND_EDGE);
    canvas.text(if term.is_empty() { "·" } else { term }, area.middle(), Align::Middle, TERM);
    let set = Type { is_bold: true, colour: canvas::OPERAND_EDGE, ..SMALL };
    canvas.text(&position.to_string(), note, Align::Middle, set);
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

    // How much of it is in an area.
    fn hits(&self, area: Area) -> f64 {
        (0..=24).filter(|&n| area.contains(self.at(f64::from(n) / 24.0))).count() as f64
    }

    fn path(&self) -> String {
        let [from, bend, to] = [self.from, self.bend, self.to]
            .map(|point| format!("{} {}", canvas::rounded(point.x), canvas::rounded(point.y)));
        format!("M{from}Q{bend} {to}")
    }
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
