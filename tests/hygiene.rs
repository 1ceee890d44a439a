//! The user's names and ours do not meet, whichever they are.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view, try_einsum};

/// Every local name of the generated code is taken here, in operands, places and scales.
#[test]
fn variables_named_like_ours() {
    let operand0 = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let (operand1, operand2) = (operand0.clone() + 1.0, operand0.clone() + 2.0);
    let [mut output, i, j, k, l] = [1, 2, 3, 4, 5].map(|n| operand0.clone() * f64::from(n));
    let [sum, rest, extents, element, value, error, result, rt] = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let (scale, intermediate0, intermediate0_array) = (2.0, operand0.clone(), operand1.clone());

    // The operands in another order than their names.
    assert_eq!(einsum!("ij,jk->ik", operand1, operand0), operand1.dot(&operand0));
    assert_eq!(einsum!("ij,jk,kl->il", operand2, operand0, operand1), operand2.dot(&operand0).dot(&operand1));
    assert_eq!(einsum!("ij,jk,kl->il", k, i, j), k.dot(&i).dot(&j));
    assert_eq!(einsum!("l...,i...->li", i, l), i.dot(&l.t()));
    let product = intermediate0_array.dot(&intermediate0).dot(&output);
    assert_eq!(einsum!("ij,jk,kl->il", intermediate0_array, intermediate0, output), product);
    let expected = &output + &(scale * i.dot(&j));
    einsum!(output += scale * "ij,jk->ik", i, j);
    assert_eq!(output, expected);
    let names = sum + rest + extents + element + value + error + result + rt;
    assert_eq!(einsum!(sum * rest * extents * element * value * error * result * rt * "ii", i), 362880.0 * 10.0);
    assert_eq!(einsum!((names) * "ii", i), names * 10.0);
    assert_eq!(try_einsum!(value * "...->...", arr1(&[error])), Ok(arr1(&[42.0])));
    let source = einsum_view!("ij->ji", rest_of(&operand0)).to_owned();
    assert_eq!(source, operand0.t());
    einsum_view!("ii->i", &mut output).fill(error);
    assert_eq!(output[[0, 0]], 7.0);
}

fn rest_of(operand0: &Array2<f64>) -> &Array2<f64> {
    operand0
}

/// Items, which have no hygiene: constants, functions, types, traits, modules and macros.
#[test]
#[allow(dead_code, non_upper_case_globals, non_camel_case_types)]
fn items_named_like_ours() {
    const CALL: f64 = 2.0;
    const operand0: f64 = 3.0;
    const i: f64 = 5.0;
    static j: f64 = 7.0;
    const sum: f64 = 11.0;
    const scale: f64 = 13.0;
    const value: f64 = 17.0;
    const error: f64 = 19.0;
    const output: f64 = 23.0;
    const rest: f64 = 29.0;
    struct Call;
    struct Term;
    enum Result {
        Ok,
        Err,
    }
    enum Option {
        Some,
        None,
    }
    struct Ok;
    struct Err;
    struct Clone;
    trait Operand {
        fn view(&self) -> u8 {
            0
        }
        fn shape(&self) -> u8 {
            0
        }
        fn zero(&self) -> u8 {
            0
        }
        fn get(&self) -> u8 {
            0
        }
        fn set(&self, _: f64) -> u8 {
            0
        }
        fn source(&self) -> u8 {
            0
        }
        fn merge_axes(&self) -> u8 {
            0
        }
    }
    // On every type: a method that was called by its name alone would be this one, or ambiguous.
    impl<T: ?Sized> Operand for T {}
    mod core {}
    mod std {}
    mod alloc {}
    mod ndarray {}
    mod ndeinsum {}
    mod rt {}
    fn cursor() {}
    fn along() {}
    fn axes() {}
    fn zeros() {}
    fn copy() {}
    macro_rules! einsum_impl {
        () => {};
    }
    macro_rules! panic {
        () => {};
    }
    macro_rules! matches {
        () => {};
    }

    let a = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(einsum!("ij,jk->ik", a, a), a.dot(&a));
    assert_eq!(einsum!("ij,jk,kl->il", a, a, a), a.dot(&a).dot(&a));
    assert_eq!(einsum!("...i,i...->...", a, a), (&a * &a.t()).sum_axis(Axis(1)));
    let product = CALL * operand0 * i * j * sum;
    assert_eq!(einsum!(CALL * operand0 * i * j * sum * "ii", a), product * 5.0);
    assert_eq!(einsum!(scale * value * error * output * rest * "ii", a), scale * value * error * output * rest * 5.0);
    let mut c = a.clone();
    einsum!(c += CALL * "ij,jk->ik", a, a);
    einsum!(c -= "ij->ji", a);
    assert!(try_einsum!(c = "ij,jk->ik", a, a.slice(s![..1, ..])).is_ok());
    assert!(try_einsum!(c = "ij,jk->ik", a, a.slice(s![..0, ..])).is_err());
    assert_eq!(einsum_view!("ii->i", a), arr1(&[1.0, 4.0]));
    einsum_view!("ij->ji", &mut c).fill(CALL);
    assert_eq!(c[[1, 1]], 2.0);
}

/// Labels that are no identifiers of their own, that differ in little, or that are words of Rust.
#[test]
fn labels() {
    let a = arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b = a.t();
    let expected = a.dot(&b);
    assert_eq!(einsum!("aA,Aα->aα", a, b), expected);
    // The Kelvin sign is not K, nor the long s an s; rustc takes the first two as one identifier.
    assert_eq!(einsum!("k\u{212a},\u{212a}K->kK", a, b), expected);
    assert_eq!(einsum!("sſ,ſS->sS", a, b), expected);
    assert_eq!(einsum!("ﬁf,fi->ﬁi", a, b), expected);
    assert_eq!(einsum!("ªº,ºa->ªa", a, b), expected);
    assert_eq!(einsum!("𝐢𝑖,𝑖𝒊->𝐢𝒊", a, b), expected);
    assert_eq!(einsum!("אב,בג->אג", a, b), expected);
    assert_eq!(einsum!("as,sT->aT", a, b), expected);
}

/// A lifetime, a label and a lint of the user's own around the call.
#[test]
fn labels_of_blocks() {
    let a = arr1(&[1.0, 2.0]);
    let mut sum = 0.0;
    'einsum: for n in 0..3 {
        for _ in 0..3 {
            if n == 2 {
                break 'einsum;
            }
            sum += einsum!("i->", if sum > 5.0 { continue 'einsum } else { a.view() });
        }
    }
    assert_eq!(sum, 6.0);
    fn longer<'einsum>(a: &'einsum Array2<f64>) -> ArrayView1<'einsum, f64> {
        einsum_view!("ii->i", a)
    }
    assert_eq!(longer(&Array2::eye(2)), arr1(&[1.0, 1.0]));
}
