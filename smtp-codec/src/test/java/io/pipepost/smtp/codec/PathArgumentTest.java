/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathArgumentTest {
    @Test
    void readsPathAndParameters() {
        PathArgument argument = PathArgument.parse("FROM:", "from:<\"a>\\\" b\"@c.test> SIZE=5 body=8BITMIME SMTPUTF8");
        assertThat(argument.path()).isEqualTo("\"a>\\\" b\"@c.test");
        assertThat(argument.parameters()).containsExactly("SIZE=5", "body=8BITMIME", "SMTPUTF8");
        assertThat(argument.parameter("size")).isEqualTo("5");
        assertThat(argument.parameter("BODY")).isEqualTo("8BITMIME");
        assertThat(argument.parameter("SMTPUTF8")).isEmpty();
        assertThat(argument.parameter("SMTP")).isNull();
        assertThat(PathArgument.parse("FROM:", "FROM:<>").path()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TO:<a@b.test>  X Y=1", "TO:<a@b.test> X   Y=1 ", "TO:<a@b.test>   X Y=1  "})
    void spacesMakeNoParameters(String argument) {
        assertThat(PathArgument.parse("TO:", argument).parameters()).containsExactly("X", "Y=1");
        assertThat(PathArgument.parse("TO:", "TO:<a@b.test> ").parameters()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "TO:",
                "TO:a@b.test",
                "TO: <a@b.test>",
                "TO:<a@b.test",
                "TO:<a b@c.test>",
                "TO:<<a@b.test>",
                "TO:<a@b.test>x",
                "TO:<\"a@b.test>",
                "TO:<\"a\\",
                "FROM:<a@b.test>"
            })
    void refuses(String argument) {
        assertThatThrownBy(() -> PathArgument.parse("TO:", argument)).isInstanceOf(SmtpSyntaxException.class);
    }
}
