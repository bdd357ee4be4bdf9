/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {
    private static final String SECRET = "c2VjcmV0";

    private static Command.Mail mail(String from, MailParameters parameters) {
        return new Command.Mail(ReversePath.of(from), parameters);
    }

    @Test
    void r5321_28_r5321_29_r5321_33_paths() {
        assertThat(mail("a@b.test", new MailParameters(10, BodyType.SEVEN_BIT, false))
                        .display())
                .isEqualTo("MAIL FROM:<a@b.test> SIZE=10");
        assertThat(mail("", MailParameters.NONE).display()).isEqualTo("MAIL FROM:<>");
        assertThat(new Command.Rcpt(ForwardPath.of("c@d.test")).display()).isEqualTo("RCPT TO:<c@d.test>");
        assertThat(new Command.Rcpt(ForwardPath.of("postmaster")).display()).isEqualTo("RCPT TO:<postmaster>");
    }

    @Test
    void r5321_38_orderOfParameters() {
        assertThat(mail("ü@b.test", new MailParameters(0, BodyType.EIGHT_BIT_MIME, true))
                        .display())
                .isEqualTo("MAIL FROM:<ü@b.test> SIZE=0 BODY=8BITMIME SMTPUTF8");
        assertThat(mail("a@b.test", new MailParameters(Long.MAX_VALUE, BodyType.SEVEN_BIT, true))
                        .display())
                .isEqualTo("MAIL FROM:<a@b.test> SIZE=9223372036854775807 SMTPUTF8");
        assertThatThrownBy(() -> new MailParameters(-2, BodyType.SEVEN_BIT, false))
                .isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "VRFY, smith, VRFY smith",
                "EXPN, list-1, EXPN list-1",
                "HELP, MAIL, HELP MAIL",
                "VRFY, a b, VRFY \"a b\"",
                "VRFY, a\"b\\, VRFY \"a\\\"b\\\\\"",
                "VRFY, a@b.test, VRFY a@b.test",
                "EXPN, <x>, EXPN \"<x>\""
            })
    void r5321_39_queries(Verb verb, String argument, String line) {
        assertThat(new Command.Query(verb, argument).display()).isEqualTo(line);
    }

    @Test
    void r5321_39_onlySomeVerbsTakeAString() {
        assertThatThrownBy(() -> new Command.Query(Verb.MAIL, "x")).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> new Command.Query(Verb.VRFY, "")).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> new Command.Query(Verb.VRFY, "ü")).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void r3030_01_bdat() {
        assertThat(new Command.Bdat(86, true).display()).isEqualTo("BDAT 86 LAST");
        assertThat(new Command.Bdat(86, true).octetsBehind()).isEqualTo(86);
        assertThat(new Command.Bdat(86, false).display()).isEqualTo("BDAT 86");
        assertThat(new Command.Bdat(0, true).display()).isEqualTo("BDAT 0 LAST");
        assertThatThrownBy(() -> new Command.Bdat(-1, true)).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @EnumSource(Command.Simple.class)
    void r5321_26_commandsWithoutArgumentAreTheirVerb(Command.Simple command) {
        assertThat(command.display()).isEqualTo(command.verb().name()).isEqualTo(command.name());
        assertThat(command.octetsBehind()).isZero();
        assertThat(command.secret()).isNull();
    }

    @Test
    void s21_secretsAreNeverShown() {
        Command.Auth auth = new Command.Auth("PLAIN", SECRET.getBytes(UTF_8));
        Command.AuthResponse response = new Command.AuthResponse(SECRET.getBytes(UTF_8));
        assertThat(List.of(auth.display(), auth.toString())).containsOnly("AUTH PLAIN ***");
        assertThat(List.of(response.display(), response.toString())).containsOnly("***");
        assertThat(new Command.Auth("LOGIN", null)).hasToString("AUTH LOGIN");
        assertThat(Command.AuthResponse.cancel().secret()).containsExactly('*');
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\r\nRCPT", "a*", "\0", "ü", "a-", "a_"})
    void s01_s21_responsesAreBase64AndTheRefusalIsSilent(String response) {
        byte[] octets = response.getBytes(UTF_8);
        assertThatThrownBy(() -> new Command.Auth("PLAIN", octets))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageNotContaining(response);
        assertThatThrownBy(() -> new Command.AuthResponse(octets))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageNotContaining(response);
    }

    @Test
    void r5321_26_noTrailingSpaceForAnEmptyResponse() {
        assertThatThrownBy(() -> new Command.Auth("EXTERNAL", new byte[0])).isInstanceOf(SmtpSyntaxException.class);
        assertThat(new Command.Auth("EXTERNAL", new byte[] {'='}).secret()).containsExactly('=');
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "PLA IN", "PLAIN\r\n", "ABCDEFGHIJKLMNOPQRSTU", "PLÄIN"})
    void r4954_mechanismNames(String name) {
        assertThatThrownBy(() -> new Command.Auth(name, null)).isInstanceOf(SmtpSyntaxException.class);
    }
}
