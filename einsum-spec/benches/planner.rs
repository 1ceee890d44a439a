//! What planning costs at run time: `cargo bench -p einsum-spec`.

use divan::{Bencher, black_box};
use einsum_spec::{
    check::check,
    parse::parse,
    path::{Options, Path, Strategy},
    spec::{Index, IndexId, Spec},
};

fn main() {
    divan::main();
}

const THREE: &str = "ij,jk,kl->il";
const FOUR: &str = "ij,jk,kl,lm->im";
const FIVE: &str = "ijk,ilm,njm,nlk,abc->";
const EIGHT: &str = "gfl,egh,efj,mjk,cdn,bck,bdi,oih";

fn spec(text: &str) -> (Spec, Vec<u64>) {
    let (subscripts, report) = parse(text);
    let spec = check(&subscripts, subscripts.terms.len(), report).expect("the subscripts are sound");
    let extents = (0..spec.indices.len()).map(|n| 10 + 7 * (n as u64 % 3)).collect();
    (spec, extents)
}

/// A few operands.
#[divan::bench(args = [THREE, FOUR, FIVE, EIGHT])]
fn choose(bencher: Bencher<'_, '_>, text: &str) {
    let (spec, extents) = spec(text);
    bencher.bench_local(|| Path::choose(black_box(&spec), black_box(&extents), &Options::default()));
}

/// A random graph in which every operand has three neighbours, or nearly so.
fn graph(operands: usize) -> (Spec, Vec<u64>) {
    let mut random = 1u64;
    let mut any_operand = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % operands
    };
    let edges = 3 * operands / 2;
    let mut terms = vec![Vec::new(); operands];
    for edge in 0..edges {
        let id = IndexId(u16::try_from(edge).expect("there are fewer edges"));
        terms[edge % operands].push(id);
        terms[any_operand()].push(id);
    }
    (Spec::plain(vec![Index::Label('a'); edges], terms, Vec::new()), vec![2; edges])
}

#[divan::bench(args = [9, 10, 11, 16, 30, 60, 100, 200, 1000])]
fn choose_many(bencher: Bencher<'_, '_>, operands: usize) {
    let (spec, extents) = graph(operands);
    bencher.bench_local(|| Path::choose(black_box(&spec), black_box(&extents), &Options::default()));
}

#[divan::bench(args = [12, 16])]
fn choose_optimal(bencher: Bencher<'_, '_>, operands: usize) {
    let (spec, extents) = graph(operands);
    let options = Options { strategy: Strategy::Optimal, ..Options::default() };
    bencher.bench_local(|| Path::choose(black_box(&spec), black_box(&extents), &options));
}

#[divan::bench(args = [8, 50, 128])]
fn choose_in_order(bencher: Bencher<'_, '_>, operands: usize) {
    let (spec, extents) = graph(operands);
    let options = Options { keeps_order: true, ..Options::default() };
    bencher.bench_local(|| Path::choose(black_box(&spec), black_box(&extents), &options));
}
