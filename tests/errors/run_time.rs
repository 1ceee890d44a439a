//! What is said at run time: one function per message, whose comment says what the message cannot.

use crate::page::{Entry, RUN_TIME};
use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view, einsum_vjp, sliding_windows};
use std::panic::catch_unwind;

const CALLS: [(&str, fn()); 17] = [
    ("extents_differ", extents_differ),
    ("diagonal_of_extent_one", diagonal_of_extent_one),
    ("ellipsis_differs", ellipsis_differs),
    ("extent_of_the_output", extent_of_the_output),
    ("rank", rank),
    ("rank_with_ellipsis", rank_with_ellipsis),
    ("rank_of_the_output", rank_of_the_output),
    ("sum_reaches_too_far", sum_reaches_too_far),
    ("sum_is_not_read", sum_is_not_read),
    ("written_windows_overlap", written_windows_overlap),
    ("cotangent", cotangent),
    ("too_large", too_large),
    ("window_empty", window_empty),
    ("window_too_long", window_too_long),
    ("axis_missing", axis_missing),
    ("axis_twice", axis_twice),
    ("windows_too_large", windows_too_large),
];

/// Each call's code, from this file, and what it says.
pub(crate) fn entries() -> Vec<Entry> {
    CALLS.iter().map(|&(name, call)| entry(name, call)).collect()
}

fn entry(name: &str, call: fn()) -> Entry {
    let file = include_str!("run_time.rs").replace("\r\n", "\n");
    let (before, behind) = file.split_once(&format!("fn {name}() {{\n")).expect("each call is a function");
    let (body, _) = behind.split_once("\n}\n").expect("it has an end");
    let body: Vec<&str> = body.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let comment: Vec<&str> = before.lines().rev().map_while(|line| line.strip_prefix("/// ")).collect();
    let why = comment.into_iter().rev().collect::<Vec<_>>().join("\n");
    let panic = catch_unwind(call).expect_err("the call is refused");
    let message = panic.downcast_ref::<String>().expect("the text has numbers in it").clone();
    Entry { group: RUN_TIME, call: body.join("\n"), message, why: (!why.is_empty()).then_some(why) }
}

/// Give both the same extent; an axis of extent 1 is broadcast against any other.
fn extents_differ() {
    let (a, b) = (Array2::<f64>::zeros((2, 3)), Array2::<f64>::zeros((4, 5)));
    einsum!("ij,jk->ik", a, b);
}

/// Broadcast the array before: `a.broadcast((3, 3))`.
fn diagonal_of_extent_one() {
    let a = Array2::<f64>::zeros((1, 3));
    einsum!("ii->i", a);
}

/// The axes of the ellipsis are broadcast from the right, as in NumPy.
fn ellipsis_differs() {
    let (a, b) = (Array2::<f64>::zeros((2, 3)), Array1::<f64>::zeros(4));
    einsum!("...,...->...", a, b);
}

/// Nothing is broadcast into an array that is assigned to, from neither side.
fn extent_of_the_output() {
    let (a, mut c) = (Array2::<f64>::zeros((2, 3)), Array1::<f64>::zeros(1));
    einsum!(c = "ij->i", a);
}

/// Arrays of static rank have this message when the program is compiled.
fn rank() {
    let a = Array2::<f64>::zeros((2, 3)).into_dyn();
    einsum!("ijk->k", a);
}

fn rank_with_ellipsis() {
    let a = Array1::<f64>::zeros(3).into_dyn();
    einsum!("i...j->...", a);
}

fn rank_of_the_output() {
    let (a, mut c) = (Array2::<f64>::zeros((2, 3)), Array2::<f64>::zeros((2, 3)).into_dyn());
    einsum!(c = "ij->i", a);
}

/// Positions are counted from 0. The numbers are what each index adds at its last position; pad the array, or shorten the
/// index whose extent is given.
fn sum_reaches_too_far() {
    let (a, w, mut c) = (Array1::<f64>::zeros(28), Array1::<f64>::zeros(3), Array1::<f64>::zeros(14));
    einsum!(c = "(2x+3i),i->x", a, w);
}

/// Give the index an extent: `; x = 2`, or an array that is assigned to.
fn sum_is_not_read() {
    let (a, w) = (Array1::<f64>::zeros(2), Array1::<f64>::zeros(0));
    einsum!("(x+i),i->x", a, w);
}

/// View the array read-only, `&a`, or in steps that are no shorter than the windows: `"(2x+i)->xi"`.
fn written_windows_overlap() {
    let mut a = Array1::<f64>::zeros(5);
    let _ = einsum_view!("(x+i)->xi", &mut a; i = 2);
}

/// The cotangent is never broadcast.
fn cotangent() {
    let (a, b) = (Array2::<f64>::zeros((3, 4)), Array2::<f64>::zeros((4, 2)));
    einsum_vjp!("ij,jk->ik", a, b; Array2::zeros((3, 3)));
}

/// A broadcast view has any extent, but a result has memory for each of its elements.
fn too_large() {
    let one = Array0::<f64>::zeros(());
    let long = one.broadcast(1 << 40).expect("one element");
    einsum!("i,j->ij", long, long);
}

fn window_empty() {
    let a = Array2::<f64>::zeros((4, 5));
    let _ = sliding_windows(&a, [Axis(0)], [0]);
}

fn window_too_long() {
    let a = Array2::<f64>::zeros((4, 5));
    let _ = sliding_windows(&a, [Axis(0), Axis(1)], [3, 6]);
}

fn axis_missing() {
    let a = Array2::<f64>::zeros((4, 5));
    let _ = sliding_windows(&a, [Axis(2)], [1]);
}

fn axis_twice() {
    let a = Array2::<f64>::zeros((4, 5));
    let _ = sliding_windows(&a, [Axis(1), Axis(1)], [2, 2]);
}

/// The elements of windows are counted as often as they occur.
fn windows_too_large() {
    let one = Array0::<f64>::zeros(());
    let long = one.broadcast(1 << 40).expect("one element");
    let _ = sliding_windows(&long, [Axis(0)], [1 << 39]);
}
