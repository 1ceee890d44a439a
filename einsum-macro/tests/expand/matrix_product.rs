fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &a),
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &b),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                clippy::assign_op_pattern
            )]
            (operand0, operand1) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "ij,jk->ik",
                        &['i', 'k', 'j'],
                        &[rt::Term::new(&[0, 2]), rt::Term::new(&[2, 1])],
                        rt::Term::new(&[0, 1]),
                    );
                    'einsum: {
                        let ([i, k, j], rest) = match CALL
                            .agree(&[operand0.shape(), operand1.shape()], rt::Rest::NONE)
                        {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        let mut output = match rt::zeros(
                            &CALL,
                            rt::ndarray::Dim([i, k]),
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
                                (rt::axes(i, [0]), (rt::axes(k, [1]), ())),
                            );
                            let operand0 = rt::cursor(
                                &operand0,
                                (rt::axes(i, [0]), (rt::axes(j, [1]), ())),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::axes(k, [1]), (rt::axes(j, [0]), ())),
                            );
                            for (output, operand0) in rt::along(i, (output, operand0)) {
                                for (mut output, operand1) in rt::along(
                                    k,
                                    (output, operand1),
                                ) {
                                    output
                                        .set({
                                            let mut sum = operand0.zero();
                                            for (operand0, operand1) in rt::along(
                                                j,
                                                (operand0, operand1),
                                            ) {
                                                sum = sum + operand0.get() * operand1.get();
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
