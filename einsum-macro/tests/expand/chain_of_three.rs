fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<2>::operand(&element, &a),
            __ndeinsum_bind::Labels::<2>::operand(&element, &b),
            __ndeinsum_bind::Labels::<2>::operand(&element, &c),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0, operand1, operand2) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "ij,jk,kl->il",
                        &['i', 'l', 'j', 'k'],
                        &[
                            rt::Term::new(&[0, 2]),
                            rt::Term::new(&[2, 3]),
                            rt::Term::new(&[3, 1]),
                        ],
                        rt::Term::new(&[0, 1]),
                    );
                    static SITE: rt::many::Site = rt::many::Site::new(
                        CALL,
                        ::core::option::Option::None,
                    );
                    (move || {
                        let (extent_i, extent_l, extent_j, extent_k) = match (
                            rt::extents(&operand0),
                            rt::extents(&operand1),
                            rt::extents(&operand2),
                        ) {
                            (
                                ::core::option::Option::Some([axis0_0, axis0_1]),
                                ::core::option::Option::Some([axis1_0, axis1_1]),
                                ::core::option::Option::Some([axis2_0, axis2_1]),
                            ) if rt::agree([axis0_1, axis1_0])
                                && rt::agree([axis1_1, axis2_0]) => {
                                (
                                    axis0_0,
                                    axis2_1,
                                    rt::agreed([axis0_1, axis1_0]),
                                    rt::agreed([axis1_1, axis2_0]),
                                )
                            }
                            _ => {
                                return ::core::result::Result::Err(
                                    rt::Call::disagreement(
                                        &CALL,
                                        &[
                                            rt::slice(&rt::dim(&operand0)),
                                            rt::slice(&rt::dim(&operand1)),
                                            rt::slice(&rt::dim(&operand2)),
                                        ],
                                        ::core::option::Option::None,
                                    ),
                                );
                            }
                        };
                        ::core::result::Result::Ok(
                            if rt::size(&[extent_i, extent_l, extent_j, extent_k])
                                < rt::many::FEW
                            {
                                let mut output = match rt::zeros(
                                    &CALL,
                                    rt::ndarray::Dim([extent_i, extent_l]),
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                };
                                {
                                    let mut output = rt::view_mut(&mut output);
                                    let output = rt::cursor_mut(
                                        &mut output,
                                        (rt::axes(extent_i, [0]), (rt::axes(extent_l, [1]), ())),
                                    );
                                    let operand0 = rt::cursor(
                                        &operand0,
                                        (rt::axes(extent_i, [0]), (rt::axes(extent_j, [1]), ())),
                                    );
                                    let operand1 = rt::cursor(
                                        &operand1,
                                        (rt::axes(extent_j, [0]), (rt::axes(extent_k, [1]), ())),
                                    );
                                    let operand2 = rt::cursor(
                                        &operand2,
                                        (rt::axes(extent_l, [1]), (rt::axes(extent_k, [0]), ())),
                                    );
                                    'i: for (output, operand0) in rt::along(
                                        extent_i,
                                        (output, operand0),
                                    ) {
                                        'l: for (output, operand2) in rt::along(
                                            extent_l,
                                            (output, operand2),
                                        ) {
                                            output
                                                .set({
                                                    let mut sum = rt::zero(&operand0);
                                                    'j: for (operand0, operand1) in rt::along(
                                                        extent_j,
                                                        (operand0, operand1),
                                                    ) {
                                                        'k: for (operand1, operand2) in rt::along(
                                                            extent_k,
                                                            (operand1, operand2),
                                                        ) {
                                                            sum = sum
                                                                + operand0.get() * operand1.get() * operand2.get();
                                                        }
                                                    }
                                                    sum
                                                });
                                        }
                                    }
                                }
                                output
                            } else {
                                match rt::many::fresh(
                                    &rt::many::Contraction {
                                        site: &SITE,
                                        operands: &[
                                            rt::many::operand(&operand0),
                                            rt::many::operand(&operand1),
                                            rt::many::operand(&operand2),
                                        ],
                                        extents: &[extent_i, extent_l, extent_j, extent_k],
                                        rest: &[],
                                        scale: ::core::option::Option::None,
                                        memory_limit: ::core::option::Option::None,
                                    },
                                    rt::ndarray::Dim([extent_i, extent_l]),
                                ) {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => {
                                        return ::core::result::Result::Err(error);
                                    }
                                }
                            },
                        )
                    })()
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
