fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (s,) {
            (__ndeinsum_bound,) => {
                match (
                    __ndeinsum_bind::Labels::<2>::operand(&element, &a),
                    __ndeinsum_bind::Labels::<2>::operand_with_ellipsis(&element, &b),
                    __ndeinsum_bind::Labels::<1>::operand(&element, &c),
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
                    (operand0, (operand1, operand1_rest), operand2, cotangent) => {
                        use ndeinsum::__private as rt;
                        let scale = __ndeinsum_bind::Scale {
                            element: &element,
                            scale: __ndeinsum_bound,
                        }
                            .scale;
                        match {
                            const CALL: rt::Call = rt::Call::new(
                                "ij,...jk,k->i",
                                &['i', 'j', 'k'],
                                &[
                                    rt::Term::new(&[0, 1]),
                                    rt::Term::with_ellipsis(&[], &[1, 2]),
                                    rt::Term::new(&[2]),
                                ],
                                rt::Term::new(&[0]),
                            );
                            static SITE: rt::many::Site = rt::many::Site::new(
                                CALL,
                                ::core::option::Option::None,
                            );
                            (move || {
                                let shape0 = rt::dim(&operand0);
                                let shape1 = rt::dim(&operand1);
                                let shape2 = rt::dim(&operand2);
                                let ([extent_i, extent_j, extent_k], rest) = match rt::Call::agree(
                                    &CALL,
                                    &[
                                        rt::shape(&operand0),
                                        rt::shape(&operand1),
                                        rt::shape(&operand2),
                                    ],
                                    operand1_rest,
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                };
                                match rt::vjp::check_cotangent(
                                    &CALL,
                                    &cotangent,
                                    &rt::ndarray::Dim([extent_i]),
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
                                let mut gradients = match rt::many::gradients(
                                    &rt::many::Contraction {
                                        site: &SITE,
                                        operands: &[
                                            rt::many::operand(&operand0),
                                            rt::many::operand(&operand1).conjugated(),
                                            rt::many::operand(&operand2),
                                            rt::many::operand(&rt::vjp::view(&cotangent)).conjugated(),
                                        ],
                                        extents: &[extent_i, extent_j, extent_k],
                                        rest: rt::slice(&rest),
                                        scale: ::core::option::Option::Some(&scale),
                                        memory_limit: ::core::option::Option::None,
                                    },
                                    &[
                                        rt::many::Wanted::Scale,
                                        rt::many::Wanted::Operand(rt::many::OperandId(0)),
                                        rt::many::Wanted::Operand(rt::many::OperandId(1)),
                                    ],
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                };
                                let gradient_of_scale = rt::vjp::conjugate(
                                    gradients.number(),
                                );
                                let gradient0 = rt::vjp::conjugated(
                                    gradients.array(&shape0),
                                );
                                let gradient1 = gradients.array(&shape1);
                                ::core::result::Result::Ok((
                                    gradient_of_scale,
                                    gradient0,
                                    gradient1,
                                ))
                            })()
                        } {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => rt::fail(error),
                        }
                    }
                }
            }
        }
    }
}
