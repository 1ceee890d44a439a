//! Places for the nodes of a graph in the plane.
//!
//! Each connected part by itself: the distances in the drawing should be those along the lines (Kamada and Kawai, "An algorithm for drawing
//! general undirected graphs", 1989), by majorisation of the stress (Gansner, Koren and North, "Graph drawing by stress majorization",
//! 2004). Of many beginnings, the one is taken that ends with the fewest crossings. Only `+ - * /` and the square root are used, which
//! all machines round alike, so a drawing is the same everywhere.

use super::graph::{Graph, Node};
use fastrand::Rng;
use std::ops::{Add, Mul, Sub};

/// A point, or a vector: x to the right, y down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Point {
    pub(crate) fn length(self) -> f64 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// A quarter turn.
    pub(crate) fn turned(self) -> Point {
        Point { x: -self.y, y: self.x }
    }
}

impl Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        Point { x: self.x + other.x, y: self.y + other.y }
    }
}

impl Sub for Point {
    type Output = Point;
    fn sub(self, other: Point) -> Point {
        Point { x: self.x - other.x, y: self.y - other.y }
    }
}

impl Mul<f64> for Point {
    type Output = Point;
    fn mul(self, factor: f64) -> Point {
        Point { x: self.x * factor, y: self.y * factor }
    }
}

/// How many beginnings are tried.
const TRIALS: u64 = 40;
const ROUNDS: usize = 150;

/// The place of each node of a part. The lines from operand to operand are about `unit` long, others shorter. The part is as wide as
/// it can be by a rotation, and its middle is at zero.
pub(crate) fn places(graph: &Graph, part: &[usize], unit: f64) -> Vec<Point> {
    let local = |node: usize| part.iter().position(|&other| other == node);
    let lines: Vec<(usize, usize, f64)> = graph
        .lines
        .iter()
        .filter_map(|line| {
            let length = match (&graph.nodes[line.from], &graph.nodes[line.to]) {
                (Node::Operand(_), Node::Operand(_)) => 1.0,
                (_, Node::End) => 0.6,
                _ => 0.75,
            };
            Some((local(line.from)?, local(line.to)?, length * unit))
        })
        .collect();
    let distances = distances(part.len(), &lines);
    let trials = (0..TRIALS).map(|seed| {
        let mut rng = Rng::with_seed(seed);
        let start = (0..part.len()).map(|_| Point { x: rng.f64() * unit * 3.0, y: rng.f64() * unit * 3.0 });
        let mut places: Vec<Point> = start.collect();
        let stress = relax(&mut places, &distances);
        let faults = 10.0 * (crossings(&lines, &places) + touches(&lines, &places, unit)) as f64;
        (faults + stress, places)
    });
    let best = trials.reduce(|best, other| if other.0 < best.0 { other } else { best });
    wide(best.map(|(_, places)| places).unwrap_or_default())
}

// Along the lines, by Floyd's algorithm.
fn distances(nodes: usize, lines: &[(usize, usize, f64)]) -> Vec<Vec<f64>> {
    let mut distances = vec![vec![f64::INFINITY; nodes]; nodes];
    for (node, row) in distances.iter_mut().enumerate() {
        row[node] = 0.0;
    }
    for &(from, to, length) in lines {
        distances[from][to] = length;
        distances[to][from] = length;
    }
    for between in 0..nodes {
        for from in 0..nodes {
            for to in 0..nodes {
                let round = distances[from][between] + distances[between][to];
                distances[from][to] = distances[from][to].min(round);
            }
        }
    }
    distances
}

// Moves each node to where the others want it, again and again; what is left of the stress.
fn relax(places: &mut [Point], distances: &[Vec<f64>]) -> f64 {
    let mut stress = 0.0;
    for _ in 0..ROUNDS {
        stress = 0.0;
        for node in 0..places.len() {
            let (mut sum, mut weights) = (Point::default(), 0.0);
            for other in (0..places.len()).filter(|&other| other != node) {
                let (apart, wanted) = (places[node] - places[other], distances[node][other]);
                let (length, weight) = (apart.length().max(1e-9), 1.0 / (wanted * wanted));
                sum = sum + (places[other] + apart * (wanted / length)) * weight;
                weights += weight;
                stress += weight * (length - wanted) * (length - wanted);
            }
            if weights > 0.0 {
                places[node] = sum * (1.0 / weights);
            }
        }
    }
    stress
}

fn crossings(lines: &[(usize, usize, f64)], places: &[Point]) -> usize {
    let mut count = 0;
    for (n, &(a, b, _)) in lines.iter().enumerate() {
        for &(c, d, _) in &lines[..n] {
            let apart = a != c && a != d && b != c && b != d;
            count += usize::from(apart && cross([places[a], places[b]], [places[c], places[d]]));
        }
    }
    count
}

/// Whether two lines cross.
pub(crate) fn cross(one: [Point; 2], other: [Point; 2]) -> bool {
    let side = |[from, to]: [Point; 2], point: Point| {
        let (along, across) = (to - from, point - from);
        along.x * across.y - along.y * across.x > 0.0
    };
    side(one, other[0]) != side(one, other[1]) && side(other, one[0]) != side(other, one[1])
}

// How often a line passes a node that is not its own, or two nodes are in each other's way.
fn touches(lines: &[(usize, usize, f64)], places: &[Point], unit: f64) -> usize {
    let mut count = 0;
    for (node, &place) in places.iter().enumerate() {
        let others = lines.iter().filter(|&&(from, to, _)| from != node && to != node);
        count += others
            .filter(|&&(from, to, _)| distance(place, [places[from], places[to]]) < 0.25 * unit)
            .count();
        count += places[..node].iter().filter(|&&other| (other - place).length() < 0.4 * unit).count();
    }
    count
}

/// How far a point is from a line.
pub(crate) fn distance(point: Point, [from, to]: [Point; 2]) -> f64 {
    let (along, across) = (to - from, point - from);
    let square = along.x * along.x + along.y * along.y;
    let share = if square > 0.0 { (along.x * across.x + along.y * across.y) / square } else { 0.0 };
    (across - along * share.clamp(0.0, 1.0)).length()
}

// Turns the longest direction, that of the largest variance, to the right. The first node is on the left.
fn wide(mut places: Vec<Point>) -> Vec<Point> {
    let count = places.len().max(1) as f64;
    let middle = places.iter().fold(Point::default(), |sum, &place| sum + place) * (1.0 / count);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for place in &mut places {
        *place = *place - middle;
        xx += place.x * place.x;
        xy += place.x * place.y;
        yy += place.y * place.y;
    }
    let largest = (xx + yy) / 2.0 + ((xx - yy) * (xx - yy) / 4.0 + xy * xy).sqrt();
    let mut axis = if largest - xx > largest - yy {
        Point { x: xy, y: largest - xx }
    } else {
        Point { x: largest - yy, y: xy }
    };
    if axis.length() < 1e-6 {
        axis = Point { x: 1.0, y: 0.0 };
    }
    axis = axis * (1.0 / axis.length());
    let turn = |place: Point| Point {
        x: axis.x * place.x + axis.y * place.y,
        y: axis.x * place.y - axis.y * place.x,
    };
    let mut turned: Vec<Point> = places.into_iter().map(turn).collect();
    if turned.first().is_some_and(|first| first.x > 0.0) {
        turned.iter_mut().for_each(|place| *place = *place * -1.0);
    }
    turned
}
