//! Networks of all kinds against one loop over all indices.

mod gradients;

use super::{
    Contraction, Operand, add,
    cases::{Case, Matrix, Random, RandomTerm, Whole, check},
    fresh, fuzzed, into, set, subtract,
};
use crate::kernel::fuzzed::kept;
use alloc::{vec, vec::Vec};
use ndarray::{ArrayD, ArrayViewD};
use num_complex::Complex;

fn every_element(case: &Case, path: Option<&Vec<Vec<usize>>>, limit: Option<usize>, random: &mut Random<'_>) {
    check::<f64>(case, case.site(path.cloned()), limit, random);
    check::<u32>(case, case.site(path.cloned()), limit, random);
    check::<Complex<f32>>(case, case.site(path.cloned()), limit, random);
    // Without kernels where overflow panics.
    check::<i64>(case, case.site(path.cloned()), limit, random);
    // Its products have an order, which a path of the user's need not keep.
    if path.is_none() {
        check::<Matrix>(case, case.site(None), limit, random);
    }
}

#[test]
fn random_networks() {
    let mut random = Random::new(1);
    for n in 0..1500 {
        let operands = 1 + n % 6;
        let case = Case::random(operands, &mut random);
        let limit = random.of(&[None, None, Some(0), Some(1), Some(4), Some(20)]);
        every_element(&case, None, limit, &mut random);
    }
}

// What the fuzzer has found.
#[test]
fn kept_networks() {
    kept("fuzz_many").iter().for_each(|bytes| fuzzed(bytes));
}

/// All orders of pairs, as NumPy counts positions.
fn all_paths(operands: usize) -> Vec<Vec<Vec<usize>>> {
    if operands == 1 {
        return vec![Vec::new()];
    }
    let mut paths = Vec::new();
    for second in 1..operands {
        for first in 0..second {
            for mut rest in all_paths(operands - 1) {
                rest.insert(0, vec![first, second]);
                paths.push(rest);
            }
        }
    }
    paths
}

#[test]
fn every_path_gives_the_same_numbers() {
    let mut random = Random::new(2);
    for (operands, cases) in [(2, 20), (3, 20), (4, 6), (5, 2)] {
        for _ in 0..cases {
            let case = Case::random(operands, &mut random);
            for path in all_paths(operands) {
                check::<f64>(&case, case.site(Some(path.clone())), None, &mut random);
                check::<u32>(&case, case.site(Some(path)), None, &mut random);
            }
        }
    }
}

#[test]
fn steps_of_several_operands() {
    let mut random = Random::new(3);
    for _ in 0..60 {
        let case = Case::random(4, &mut random);
        for path in [vec![vec![0, 1, 2, 3]], vec![vec![3, 1, 0], vec![0, 1]], vec![vec![0, 2], vec![0, 1, 2]]]
        {
            every_element(&case, Some(&path), None, &mut random);
        }
    }
}

// The second call finds what the first one planned; other shapes at the same place find their own.
#[test]
fn a_place_meets_many_shapes() {
    let mut random = Random::new(4);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let mut case = Case {
        extents: vec![0; 4],
        rest: 0,
        terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
        output: term(&[0, 3]),
    };
    let site = case.site(None);
    for n in 0..100 {
        case.extents = vec![1 + n % 3, 1 + n / 3 % 4, 1 + n / 12 % 5, 1 + n / 60];
        for _ in 0..2 {
            check::<f64>(&case, site, None, &mut random);
            check::<Matrix>(&case, site, None, &mut random);
        }
    }
}

// More loops than a kernel takes, of extents that cannot be fused.
#[test]
fn many_indices() {
    let mut random = Random::new(5);
    for _ in 0..12 {
        let labels = 14;
        let subset = |random: &mut Random<'_>, from: std::ops::Range<usize>| {
            let mut labels: Vec<usize> = from.collect();
            for n in (1..labels.len()).rev() {
                labels.swap(n, random.below(n + 1));
            }
            RandomTerm { front: labels, ellipsis: None, back: Vec::new() }
        };
        let case = Case {
            extents: vec![2; labels],
            rest: 0,
            terms: vec![subset(&mut random, 0..11), subset(&mut random, 2..13), subset(&mut random, 11..14)],
            output: subset(&mut random, 0..9),
        };
        check::<f64>(&case, case.site(None), None, &mut random);
        check::<u32>(&case, case.site(None), None, &mut random);
    }
}

#[test]
fn threads_meet_at_one_place() {
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let case = Case {
        extents: vec![5, 3, 4, 2],
        rest: 0,
        terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
        output: term(&[0, 3]),
    };
    let site = case.site(None);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let mut case = case.clone();
            scope.spawn(move || {
                let mut random = Random::new(seed);
                for n in 0..50 {
                    case.extents[0] = 1 + (n + seed as usize) % 7;
                    check::<f64>(&case, site, None, &mut random);
                }
            });
        }
    });
}

// An index that every operand has once is broadcast into a longer output.
#[test]
fn longer_outputs() {
    let mut random = Random::new(6);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for output in [[0, 3], [3, 0]] {
        let case = Case {
            extents: vec![1, 3, 4, 2],
            rest: 0,
            terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
            output: term(&output),
        };
        let arrays: Vec<ArrayD<f64>> =
            case.terms.iter().map(|term| case.array(term, false, &mut random)).collect();
        let longer = Case { extents: vec![5, 3, 4, 2], ..case.clone() };
        let expected = longer.oracle(&arrays);
        let views: Vec<ArrayViewD<'_, f64>> = arrays.iter().map(|array| array.view()).collect();
        let operands: Vec<Operand<'_, f64>> = views.iter().map(super::operand).collect();
        let contraction = Contraction {
            site: case.site(None),
            operands: &operands,
            extents: &longer.extents,
            rest: &[],
            scale: None,
            memory_limit: None,
        };
        let mut place = longer.array::<f64>(&longer.output, false, &mut random);
        into(&contraction, set(), &mut place.view_mut()).expect("nothing is large");
        assert_eq!(place, expected);
    }
}

// A path of the user's may ask for an intermediate that no memory can have: of axes along which nothing moves, 2⁸⁰ elements. Its size and those of
// others together are no small number for that.
#[test]
fn intermediates_beyond_all_numbers() {
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let long = 1 << 40;
    let case = Case {
        extents: vec![2, 3, 4, long, long],
        rest: 0,
        terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[3]), term(&[4]), term(&[3]), term(&[4])],
        output: term(&[0, 2]),
    };
    let one = ndarray::arr0(1.0);
    let shapes = [vec![2, 3], vec![3, 4], vec![long], vec![long], vec![long], vec![long]];
    let views: Vec<ArrayViewD<'_, f64>> =
        shapes.iter().map(|shape| one.broadcast(&shape[..]).expect("a broadcast")).collect();
    let operands: Vec<Operand<'_, f64>> = views.iter().map(super::operand).collect();
    // The small one is there from the first step to the last.
    for path in
        [vec![vec![0, 1], vec![0, 1], vec![0, 1, 2, 3]], vec![vec![2, 3], vec![0, 1], vec![0, 1, 2, 3]]]
    {
        let contraction = Contraction {
            site: case.site(Some(path)),
            operands: &operands,
            extents: &case.extents,
            rest: &[],
            scale: None,
            memory_limit: None,
        };
        assert!(fresh(&contraction, ndarray::Ix2(2, 4)).is_err());
    }
}

// The small operand is read in the order of the large one, from a copy.
#[test]
fn copies_of_small_operands() {
    let mut random = Random::new(9);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for (terms, output) in [
        (vec![term(&[0, 1, 2, 3]), term(&[1]), term(&[3, 2])], term(&[0])),
        (vec![term(&[3, 2]), term(&[1]), term(&[0, 2, 1, 3])], term(&[1, 0])),
        (vec![term(&[0, 2, 1, 3]), term(&[2, 3, 1]), term(&[0])], term(&[])),
    ] {
        let case = Case { extents: vec![23, 7, 5, 6], rest: 0, terms, output };
        let site = case.site(None);
        check::<f64>(&case, site, None, &mut random);
        check::<u32>(&case, site, None, &mut random);
        check::<i64>(&case, site, None, &mut random);
        check::<Matrix>(&case, site, None, &mut random);
    }
}

// Products of two matrices of all shapes that the kernel for small ones takes in parts, or not at all.
#[test]
fn products_in_parts() {
    let mut random = Random::new(7);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let sizes = [
        [1, 1, 300, 2],
        [2, 3, 257, 2],
        [65, 3, 5, 2],
        [129, 2, 300, 1],
        [3, 200, 3, 5],
        [257, 1, 2, 7],
        [4097, 1, 9, 2],
        [9, 4097, 3, 2],
    ];
    for [a, b, c, d] in sizes {
        for output in [[0, 3], [3, 0]] {
            let terms = vec![term(&[0, 1]), term(&[2, 1]), term(&[2, 3])];
            let case = Case { extents: vec![a, b, c, d], rest: 0, terms, output: term(&output) };
            for _ in 0..3 {
                check::<f64>(&case, case.site(None), None, &mut random);
                check::<f32>(&case, case.site(None), None, &mut random);
            }
        }
    }
}

// Long enough that the steps are run for a part of an index at a time, which is in the output or not, of any layout.
#[test]
fn slices() {
    let mut random = Random::new(8);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    type Labels = &'static [usize];
    let cases: [(Labels, &[Labels], Labels); 7] = [
        (&[70_001], &[&[0], &[0], &[0]], &[0]),
        (&[70_001], &[&[0], &[0], &[0]], &[]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[1, 0], &[0, 1]], &[0, 1]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[0, 1]], &[0]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[1, 0]], &[1]),
        (&[3, 30_001], &[&[0, 1], &[1], &[0, 1]], &[1, 0]),
        (&[41, 43, 47], &[&[0, 1, 2], &[2, 1, 0], &[1, 0, 2]], &[2, 0]),
    ];
    for (extents, terms, output) in cases {
        let terms = terms.iter().map(|&labels| term(labels)).collect();
        let case = Case { extents: extents.to_vec(), rest: 0, terms, output: term(output) };
        check_exactly::<f64>(&case, &mut random);
        check_exactly::<f32>(&case, &mut random);
        check_exactly::<i64>(&case, &mut random);
    }
}

// Without broadcasting, so that there are slices.
fn check_exactly<T: Whole>(case: &Case, random: &mut Random<'_>) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, false, random)).collect();
    let expected = case.oracle(&arrays);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().map(|array| array.view()).collect();
    let operands: Vec<Operand<'_, T>> = views.iter().map(super::operand).collect();
    let contraction = Contraction {
        site: case.site(None),
        operands: &operands,
        extents: &case.extents,
        rest: &[],
        scale: None,
        memory_limit: None,
    };
    let (program, _) = contraction.program(&[], None).expect("nothing is large");
    assert!(program.get().slices.is_some(), "{case:?} is to show slices");
    let found = fresh(&contraction, expected.raw_dim()).expect("the array is small");
    assert!(found == expected, "fresh: {case:?}");
    let before = case.array::<T>(&case.output, false, random);
    for (assign, wanted) in
        [(set(), expected.clone()), (add(), &before + &expected), (subtract(), &before - &expected)]
    {
        let mut place = before.clone();
        into(&contraction, assign, &mut place.view_mut()).expect("nothing is large");
        assert!(place == wanted, "into: {case:?}");
    }
}
