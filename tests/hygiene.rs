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
    assert_eq!(
        einsum!(sum * rest * extents * element * value * error * result * rt * "ii", i),
        362880.0 * 10.0
    );
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
