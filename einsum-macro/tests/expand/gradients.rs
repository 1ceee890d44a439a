fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<3>::operand(&element, &a),
            __ndeinsum_bind::Labels::<2>::operand(&element, &b),
            __ndeinsum_bind::Labels::<1>::cotangent(&element, &g),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0, operand1, cotangent) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "x(x+i)k,ik->x",
                        &['x', 'i', 'k'],
                        &[rt::Term::new(&[0, 0, 1, 2]), rt::Term::new(&[1, 2])],
                        rt::Term::new(&[0]),
                    );
                    const AXES: rt::AffineCall = rt::AffineCall::new(
                        rt::Call::new(
                            "x(x+i)k,ik->x",
                            &['x', 'i', 'k'],
                            &[
                                rt::Term::new(&[0, rt::AFFINE, 2]),
                                rt::Term::new(&[1, 2]),
                            ],
                            rt::Term::new(&[0]),
                        ),
                        &[rt::AffineAxis::new(0, 1, &[(1, 0), (1, 1)])],
                        &[],
                    );
                    (move || {
                        let shape0 = rt::dim(&operand0);
                        let shape1 = rt::dim(&operand1);
                        let ([extent_x, extent_i, extent_k], rest) = match (|| {
                            let [axis0_0, axis0_1, axis0_2] = rt::extents(&operand0)?;
                            let [axis1_0, axis1_1] = rt::extents(&operand1)?;
                            let extent_x = axis0_0;
                            let extent_i = axis1_0;
                            if !rt::agree([axis0_2, axis1_1]) {
                                return ::core::option::Option::None;
                            }
                            let extent_k = rt::agreed([axis0_2, axis1_1]);
                            rt::longest(axis0_1, 1, [(1, extent_x), (1, extent_i)])?;
                            ::core::option::Option::Some([extent_x, extent_i, extent_k])
                        })() {
                            ::core::option::Option::Some(extents) => {
                                (extents, rt::ndarray::Dim([]))
                            }
                            ::core::option::Option::None => {
                                match rt::AffineCall::agree(
                                    &AXES,
                                    &[rt::shape(&operand0), rt::shape(&operand1)],
                                    ::core::option::Option::None,
                                    &[],
                                    rt::Rest::NONE,
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                }
                            }
                        };
                        let operand0 = match rt::windowed(
                            &AXES,
                            0,
                            rt::ndarray::Dim([extent_x, extent_x, extent_i, extent_k]),
                            operand0,
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        match rt::vjp::check_cotangent(
                            &CALL,
                            &cotangent,
                            &rt::ndarray::Dim([extent_x]),
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        let cotangent = rt::vjp::ranked::<
                            _,
                            _,
                            rt::ndarray::Dim<[usize; 1]>,
                        >(cotangent);
                        let operand0 = rt::vjp::ranked::<
                            _,
                            _,
                            rt::ndarray::Dim<[usize; 4]>,
                        >(operand0);
                        let operand1 = rt::vjp::ranked::<
                            _,
                            _,
                            rt::ndarray::Dim<[usize; 2]>,
                        >(operand1);
                        let gradient0 = {
                            let mut zeros = match rt::zeros(&CALL, shape0) {
                                ::core::result::Result::Ok(value) => value,
                                ::core::result::Result::Err(error) => {
                                    return ::core::result::Result::Err(error);
                                }
                            };
                            let parts = rt::vjp::Parts::new(
                                &AXES,
                                0,
                                rt::shape(&zeros),
                                &[(0, 0), (2, 2)],
                                [extent_x, extent_i, extent_k],
                            );
                            for part in parts {
                                let [extent_x, extent_i, extent_k] = part.extents();
                                let target = part
                                    .target(
                                        &AXES,
                                        0,
                                        &[(0, 0), (2, 2)],
                                        rt::view_mut(&mut zeros),
                                    );
                                let mut target = match rt::windowed(
                                    &AXES,
                                    0,
                                    rt::ndarray::Dim([extent_x, extent_x, extent_i, extent_k]),
                                    target,
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                };
                                let mut target = ndeinsum::einsum_view!(
                                    "xxik->xik", & mut target
                                );
                                ndeinsum::einsum!(
                                    target += "x,ik->xik", conj(part.of(rt::vjp::view(&
                                    cotangent), & [(0, 0)])), part.of(rt::vjp::view(& operand1),
                                    & [(0, 1), (1, 2)])
                                );
                            }
                            rt::vjp::conjugated(zeros)
                        };
                        let gradient1 = rt::vjp::conjugated(
                            match rt::vjp::fitted(
                                &CALL,
                                ndeinsum::einsum!("xxik,x->ik", operand0, conj(cotangent)),
                                &rt::vjp::GradientAxes {
                                    front: &[true, true],
                                    back: &[],
                                    ellipsis: false,
                                },
                                shape1,
                            ) {
                                ::core::result::Result::Ok(value) => value,
                                ::core::result::Result::Err(error) => {
                                    return ::core::result::Result::Err(error);
                                }
                            },
                        );
                        ::core::result::Result::Ok((gradient0, gradient1))
                    })()
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
