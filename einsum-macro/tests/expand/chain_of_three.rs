fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &a),
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &b),
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &c),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                clippy::assign_op_pattern
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
                    'einsum: {
                        let ([i, l, j, k], rest) = match CALL
                            .agree(
                                &[operand0.shape(), operand1.shape(), operand2.shape()],
                                rt::Rest::NONE,
                            )
                        {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        let mut intermediate0_array = match rt::zeros(
                            &CALL,
                            rt::ndarray::Dim([j, l]),
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        {
                            let mut output = intermediate0_array.view_mut();
                            let mut output = rt::cursor_mut(
                                &mut output,
                                (rt::axes(j, [0]), (rt::axes(l, [1]), ())),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::axes(j, [0]), (rt::axes(k, [1]), ())),
                            );
                            let operand2 = rt::cursor(
                                &operand2,
                                (rt::axes(l, [1]), (rt::axes(k, [0]), ())),
                            );
                            for (output, operand1) in rt::along(j, (output, operand1)) {
                                for (mut output, operand2) in rt::along(
                                    l,
                                    (output, operand2),
                                ) {
                                    output
                                        .set({
                                            let mut sum = operand1.zero();
                                            for (operand1, operand2) in rt::along(
                                                k,
                                                (operand1, operand2),
                                            ) {
                                                sum = sum + operand1.get() * operand2.get();
                                            }
                                            sum
                                        });
                                }
                            }
                        }
                        let intermediate0 = intermediate0_array.view();
                        let mut output = match rt::zeros(
                            &CALL,
                            rt::ndarray::Dim([i, l]),
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        {
                            let mut output = output.view_mut();
                            let mut output = rt::cursor_mut(
                                &mut output,
                                (rt::axes(i, [0]), (rt::axes(l, [1]), ())),
                            );
                            let operand0 = rt::cursor(
                                &operand0,
                                (rt::axes(i, [0]), (rt::axes(j, [1]), ())),
                            );
                            let intermediate0 = rt::cursor(
                                &intermediate0,
                                (rt::axes(l, [1]), (rt::axes(j, [0]), ())),
                            );
                            for (output, operand0) in rt::along(i, (output, operand0)) {
                                for (mut output, intermediate0) in rt::along(
                                    l,
                                    (output, intermediate0),
                                ) {
                                    output
                                        .set({
                                            let mut sum = operand0.zero();
                                            for (operand0, intermediate0) in rt::along(
                                                j,
                                                (operand0, intermediate0),
                                            ) {
                                                sum = sum + operand0.get() * intermediate0.get();
                                            }
                                            sum
                                        });
                                }
                            }
                        }
                        ::core::result::Result::Ok(output)
                    }
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
