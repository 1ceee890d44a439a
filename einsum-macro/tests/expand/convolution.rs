fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<2>::operand(&element, &image),
            __ndeinsum_bind::Labels::<2>::operand(&element, &kernel),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0, operand1) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "(2x+i)(y+j),ij->xy",
                        &['x', 'y', 'i', 'j'],
                        &[rt::Term::new(&[0, 2, 1, 3]), rt::Term::new(&[2, 3])],
                        rt::Term::new(&[0, 1]),
                    );
                    const AXES: rt::AffineCall = rt::AffineCall::new(
                        rt::Call::new(
                            "(2x+i)(y+j),ij->xy",
                            &['x', 'y', 'i', 'j'],
                            &[
                                rt::Term::new(&[rt::AFFINE, rt::AFFINE]),
                                rt::Term::new(&[2, 3]),
                            ],
                            rt::Term::new(&[0, 1]),
                        ),
                        &[
                            rt::AffineAxis::new(0, 0, &[(2, 0), (1, 2)]),
                            rt::AffineAxis::new(0, 1, &[(1, 1), (1, 3)]),
                        ],
                        &[rt::Inferred::new(0, &[0]), rt::Inferred::new(1, &[1])],
                    );
                    (move || {
                        let ([extent_x, extent_y, extent_i, extent_j], rest) = match (|| {
                            let [axis0_0, axis0_1] = rt::extents(&operand0)?;
                            let [axis1_0, axis1_1] = rt::extents(&operand1)?;
                            let extent_i = axis1_0;
                            let extent_j = axis1_1;
                            let extent_x = rt::longest(axis0_0, 2, [(1, extent_i)])?;
                            let extent_y = rt::longest(axis0_1, 1, [(1, extent_j)])?;
                            ::core::option::Option::Some([
                                extent_x,
                                extent_y,
                                extent_i,
                                extent_j,
                            ])
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
                            rt::ndarray::Dim([extent_x, extent_i, extent_y, extent_j]),
                            operand0,
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        let output = {
                            let operand0 = rt::cursor(
                                &operand0,
                                (
                                    rt::axes(extent_x, [0]),
                                    (
                                        rt::axes(extent_y, [2]),
                                        (rt::axes(extent_i, [1]), (rt::axes(extent_j, [3]), ())),
                                    ),
                                ),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::axes(extent_i, [0]), (rt::axes(extent_j, [1]), ())),
                            );
                            let (mut output, done) = match rt::fresh(
                                &CALL,
                                (
                                    rt::ndarray::Dim([extent_x, extent_y]),
                                    (rt::axes(extent_x, [0]), (rt::axes(extent_y, [1]), ())),
                                ),
                                rt::Loops {
                                    size: rt::size(&[extent_x, extent_y, extent_i, extent_j]),
                                    parts: &[
                                        rt::Part::FreeLeft,
                                        rt::Part::FreeLeft,
                                        rt::Part::Contracted,
                                        rt::Part::Contracted,
                                    ],
                                },
                                ::core::option::Option::None,
                                &operand0,
                                ::core::option::Option::Some(&operand1),
                            ) {
                                ::core::result::Result::Ok(value) => value,
                                ::core::result::Result::Err(error) => {
                                    return ::core::result::Result::Err(error);
                                }
                            };
                            if !done {
                                let mut output = rt::view_mut(&mut output);
                                let output = rt::cursor_mut(
                                    &mut output,
                                    (rt::axes(extent_x, [0]), (rt::axes(extent_y, [1]), ())),
                                );
                                'x: for (output, operand0) in rt::along(
                                    extent_x,
                                    (output, operand0),
                                ) {
                                    'y: for (output, operand0) in rt::along(
                                        extent_y,
                                        (output, operand0),
                                    ) {
                                        output
                                            .set({
                                                let mut sum = rt::zero(&operand0);
                                                'i: for (operand0, operand1) in rt::along(
                                                    extent_i,
                                                    (operand0, operand1),
                                                ) {
                                                    'j: for (operand0, operand1) in rt::along(
                                                        extent_j,
                                                        (operand0, operand1),
                                                    ) {
                                                        sum = sum + operand0.get() * operand1.get();
                                                    }
                                                }
                                                sum
                                            });
                                    }
                                }
                            }
                            output
                        };
                        ::core::result::Result::Ok(output)
                    })()
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
