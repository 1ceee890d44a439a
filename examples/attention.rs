//! Learns to write in the style of this project's licences, one character after the other: a block of multi-head attention, whose
//! every sum of products, forward and backward, is an `einsum!` or an `einsum_vjp!`.
//!
//! ```text
//! cargo run --release --example attention
//! ```
//!
//! | letter | runs over |
//! |--------|-----------|
//! | `b` | the passages of a batch |
//! | `q`, `t` | the places in a passage: one that reads, and those that it reads |
//! | `v` | the characters |
//! | `d` | the width of the stream from layer to layer |
//! | `h`, `e` | the heads, and the width of each |
//! | `f` | the hidden units |

use fastrand::Rng;
use ndarray::{Zip, prelude::*};
use ndeinsum::{einsum, einsum_vjp};

const TEXT: &str = concat!(include_str!("../LICENSE-MIT"), include_str!("../LICENSE-APACHE"));
const WIDTH: usize = 48;
const HEADS: usize = 4;
const HEAD_WIDTH: usize = 12;
const HIDDEN: usize = 128;
const PLACES: usize = 48;
const BATCH: usize = 16;
const STEPS: usize = 3000;
const RATE: f32 = 5e-3;

fn main() {
    let mut letters: Vec<char> = TEXT.chars().collect();
    let text = letters.clone();
    letters.sort_unstable();
    letters.dedup();
    let number = |letter: &char| letters.binary_search(letter).expect("every letter is in the list");
    let text: Vec<usize> = text.iter().map(number).collect();

    let mut rng = Rng::with_seed(1);
    let mut model = Model::random(letters.len(), &mut rng);
    let mut moments = [model.zeros(), model.zeros()];
    println!("{} characters to learn from, {} of them different", text.len(), letters.len());
    let mut mean = 0.0;
    for step in 1..=STEPS {
        let (passages, next) = batch(&text, &mut rng);
        let trace = model.forward(one_hot(&passages, letters.len()));
        let (loss, d_scores) = loss(&trace.scores, &next);
        let gradient = model.gradient(&trace, d_scores);
        adam(&mut model, &mut moments, &gradient, step);
        mean += loss;
        if step == 1 || step % 500 == 0 {
            println!("step {step:4}: loss {:.3}", mean / if step == 1 { 1.0 } else { 500.0 });
            mean = if step == 1 { loss } else { 0.0 };
        }
    }

    let mut written: Vec<usize> = " The Licensor ".chars().map(|letter| number(&letter)).collect();
    for _ in 0..400 {
        let from = written.len().saturating_sub(PLACES);
        let passage = Array2::from_shape_fn((1, written.len() - from), |(_, place)| written[from + place]);
        let trace = model.forward(one_hot(&passage, letters.len()));
        let beliefs = softmax(&(trace.scores / 0.5));
        let mut chance = rng.f32();
        let last = beliefs.slice(s![0, -1, ..]);
        let letter = last.iter().position(|belief| {
            chance -= belief;
            chance < 0.0
        });
        written.push(letter.unwrap_or(0));
    }
    println!("\n{}", written.iter().map(|&letter| letters[letter]).collect::<String>());
}

/// The parameters; their gradient and Adam's moments have the same shapes.
struct Model {
    /// `v d`
    letters: Array2<f32>,
    /// `q d`
    places: Array2<f32>,
    /// `h d e`, three times: what a place looks for, what it is found by, and what it tells
    query: Array3<f32>,
    key: Array3<f32>,
    value: Array3<f32>,
    /// `h e d`
    mix: Array3<f32>,
    /// `d f` and `f d`
    up: Array2<f32>,
    down: Array2<f32>,
    /// `d v`
    read: Array2<f32>,
}

/// What the layers wrote on the way forward.
struct Trace {
    /// `b q v`, 1 for the letter at each place
    letters: Array3<f32>,
    /// `b q d`
    input: Array3<f32>,
    /// `b q h e`, and twice `b t h e`
    queries: Array4<f32>,
    keys: Array4<f32>,
    values: Array4<f32>,
    /// `b h q t`: how much each place attends to those before it
    attention: Array4<f32>,
    /// `b q d`, after attention
    attended: Array3<f32>,
    /// `b q f`
    hidden: Array3<f32>,
    /// `b q d`, after the hidden layer
    output: Array3<f32>,
    /// `b q v`
    scores: Array3<f32>,
}

/// Attention scores are products of so many numbers.
fn scale() -> f32 {
    1.0 / (HEAD_WIDTH as f32).sqrt()
}

impl Model {
    fn random(letters: usize, rng: &mut Rng) -> Model {
        let project = |rng: &mut Rng| random((HEADS, WIDTH, HEAD_WIDTH), WIDTH, rng);
        Model {
            letters: random((letters, WIDTH), 3, rng),
            places: random((PLACES, WIDTH), 3, rng),
            query: project(rng),
            key: project(rng),
            value: project(rng),
            mix: random((HEADS, HEAD_WIDTH, WIDTH), WIDTH, rng),
            up: random((WIDTH, HIDDEN), WIDTH, rng),
            down: random((HIDDEN, WIDTH), HIDDEN, rng),
            read: random((WIDTH, letters), WIDTH, rng),
        }
    }

    fn zeros(&self) -> Model {
        let Model { letters, places, query, key, value, mix, up, down, read } = self;
        Model {
            letters: Array::zeros(letters.dim()),
            places: Array::zeros(places.dim()),
            query: Array::zeros(query.dim()),
            key: Array::zeros(key.dim()),
            value: Array::zeros(value.dim()),
            mix: Array::zeros(mix.dim()),
            up: Array::zeros(up.dim()),
            down: Array::zeros(down.dim()),
            read: Array::zeros(read.dim()),
        }
    }

    fn forward(&self, letters: Array3<f32>) -> Trace {
        let places = self.places.slice(s![..letters.dim().1, ..]);
        let input = einsum!("bqv,vd->bqd", letters, self.letters) + places;
        let queries = einsum!("bqd,hde->bqhe", input, self.query);
        let keys = einsum!("btd,hde->bthe", input, self.key);
        let values = einsum!("btd,hde->bthe", input, self.value);
        let attention = softmax(&masked(einsum!(scale() * "bqhe,bthe->bhqt", queries, keys)));
        let attended = einsum!("bhqt,bthe,hed->bqd", attention, values, self.mix) + &input;
        let hidden = einsum!("bqd,df->bqf", attended, self.up).mapv_into(|value| value.max(0.0));
        let output = einsum!("bqf,fd->bqd", hidden, self.down) + &attended;
        let scores = einsum!("bqd,dv->bqv", output, self.read);
        Trace { letters, input, queries, keys, values, attention, attended, hidden, output, scores }
    }

    /// The layers of `forward`, last to first.
    fn gradient(&self, trace: &Trace, d_scores: Array3<f32>) -> Model {
        let (d_output, read) = einsum_vjp!("bqd,dv->bqv", trace.output, self.read; d_scores);
        let (mut d_hidden, down) = einsum_vjp!("bqf,fd->bqd", trace.hidden, self.down; d_output);
        Zip::from(&mut d_hidden).and(&trace.hidden).for_each(|d, &value| *d *= f32::from(value > 0.0));
        let (d_attended, up) = einsum_vjp!("bqd,df->bqf", trace.attended, self.up; d_hidden);
        let d_attended = d_attended + d_output;
        let (d_attention, d_values, mix) =
            einsum_vjp!("bhqt,bthe,hed->bqd", trace.attention, trace.values, self.mix; d_attended);
        let d_attention = softmax_gradient(&trace.attention, d_attention);
        let (d_queries, d_keys) =
            einsum_vjp!(scale() * "bqhe,bthe->bhqt", trace.queries, trace.keys; d_attention, wrt = [0, 1]);
        let (by_query, query) = einsum_vjp!("bqd,hde->bqhe", trace.input, self.query; d_queries);
        let (by_key, key) = einsum_vjp!("btd,hde->bthe", trace.input, self.key; d_keys);
        let (by_value, value) = einsum_vjp!("btd,hde->bthe", trace.input, self.value; d_values);
        let d_input = d_attended + by_query + by_key + by_value;
        let letters = einsum_vjp!("bqv,vd->bqd", trace.letters, self.letters; d_input, wrt = [1]);
        Model { letters, places: einsum!("bqd->qd", d_input), query, key, value, mix, up, down, read }
    }

    fn parameters(&self) -> [ArrayViewD<'_, f32>; 9] {
        let Model { letters, places, query, key, value, mix, up, down, read } = self;
        [
            letters.view().into_dyn(),
            places.view().into_dyn(),
            query.view().into_dyn(),
            key.view().into_dyn(),
            value.view().into_dyn(),
            mix.view().into_dyn(),
            up.view().into_dyn(),
            down.view().into_dyn(),
            read.view().into_dyn(),
        ]
    }

    fn parameters_mut(&mut self) -> [ArrayViewMutD<'_, f32>; 9] {
        let Model { letters, places, query, key, value, mix, up, down, read } = self;
        [
            letters.view_mut().into_dyn(),
            places.view_mut().into_dyn(),
            query.view_mut().into_dyn(),
            key.view_mut().into_dyn(),
            value.view_mut().into_dyn(),
            mix.view_mut().into_dyn(),
            up.view_mut().into_dyn(),
            down.view_mut().into_dyn(),
            read.view_mut().into_dyn(),
        ]
    }
}

/// Passages of the text, and the letter after each place.
fn batch(text: &[usize], rng: &mut Rng) -> (Array2<usize>, Array2<usize>) {
    let starts: Vec<usize> = (0..BATCH).map(|_| rng.usize(..text.len() - PLACES)).collect();
    let letters =
        |after| Array2::from_shape_fn((BATCH, PLACES), |(b, place)| text[starts[b] + place + after]);
    (letters(0), letters(1))
}

fn one_hot(letters: &Array2<usize>, count: usize) -> Array3<f32> {
    let (passages, places) = letters.dim();
    Array3::from_shape_fn((passages, places, count), |(b, q, v)| f32::from(letters[[b, q]] == v))
}

/// A place does not see those behind it.
fn masked(mut scores: Array4<f32>) -> Array4<f32> {
    for ((_, _, q, t), score) in scores.indexed_iter_mut() {
        if t > q {
            *score = f32::NEG_INFINITY;
        }
    }
    scores
}

/// Along the last axis: positive numbers that sum to one.
fn softmax<D: Dimension>(scores: &Array<f32, D>) -> Array<f32, D> {
    let mut beliefs = scores.clone();
    for mut row in beliefs.rows_mut() {
        let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        row.mapv_inplace(|score| (score - largest).exp());
        let total = row.sum();
        row /= total;
    }
    beliefs
}

fn softmax_gradient(beliefs: &Array4<f32>, d_beliefs: Array4<f32>) -> Array4<f32> {
    let means = einsum!("bhqt,bhqt->bhq", beliefs, d_beliefs);
    beliefs * (d_beliefs - means.insert_axis(Axis(3)))
}

/// The mean cross-entropy of the letters that come next, and its gradient.
fn loss(scores: &Array3<f32>, next: &Array2<usize>) -> (f32, Array3<f32>) {
    let mut d_scores = softmax(scores);
    let count = next.len() as f32;
    let mut sum = 0.0;
    for ((b, q), &letter) in next.indexed_iter() {
        let belief = &mut d_scores[[b, q, letter]];
        sum -= belief.max(f32::MIN_POSITIVE).ln();
        *belief -= 1.0;
    }
    (sum / count, d_scores / count)
}

/// Kingma and Ba, "Adam", 2015; the rate falls to nothing.
fn adam(model: &mut Model, [mean, square]: &mut [Model; 2], gradient: &Model, step: usize) {
    let rate = RATE * (1.0 - (step - 1) as f32 / STEPS as f32);
    let [mean_bias, square_bias] = [0.9_f32, 0.99].map(|decay| 1.0 - decay.powi(step as i32));
    let moments = mean.parameters_mut().into_iter().zip(square.parameters_mut());
    let parameters = model.parameters_mut().into_iter().zip(gradient.parameters());
    for ((mut parameter, slope), (mut mean, mut square)) in parameters.zip(moments) {
        Zip::from(&mut parameter).and(&slope).and(&mut mean).and(&mut square).for_each(
            |parameter, &slope, mean, square| {
                *mean += 0.1 * (slope - *mean);
                *square += 0.01 * (slope * slope - *square);
                *parameter -= rate * (*mean / mean_bias) / ((*square / square_bias).sqrt() + 1e-8);
            },
        );
    }
}

/// Uniform, with the spread that keeps the size of what is multiplied by it.
fn random<Sh: ShapeBuilder>(shape: Sh, fan_in: usize, rng: &mut Rng) -> Array<f32, Sh::Dim> {
    let limit = (3.0 / fan_in as f32).sqrt();
    Array::from_shape_simple_fn(shape, || limit * (2.0 * rng.f32() - 1.0))
}
