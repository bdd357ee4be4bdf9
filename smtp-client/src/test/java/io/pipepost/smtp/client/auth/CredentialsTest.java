/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    private static final String HALF_PAIR = "s3\uD83D";

    @Test
    void R_4954_15_secretsAreUtf8() {
        assertThat(Credentials.password("tim", "pässwörd").secret()).isEqualTo("pässwörd".getBytes(UTF_8));
        assertThat(Credentials.password("tim", "\uD83D\uDD11".toCharArray()).secret())
                .isEqualTo(new byte[] {(byte) 0xF0, (byte) 0x9F, (byte) 0x94, (byte) 0x91});
        assertThat(Credentials.token("tim", "t\u20ACk").secret()).isEqualTo("t\u20ACk".getBytes(UTF_8));
    }

    @Test
    void R_4954_15_noNulInUserOrPassword() {
        assertRefused("user must not contain U+0000", () -> Credentials.password("a\0b", "secret"));
        assertRefused("password must not contain U+0000", () -> Credentials.password("tim", "sec\0ret"));
        assertRefused("password must not contain U+0000", () -> Credentials.password("tim", "sec\0ret".toCharArray()));
    }

    @Test
    void R_4954_15_otherControlCharactersOfAPasswordAreSentAsTheyAre() {
        assertThat(Credentials.password("tim", "\1\r\n\t").secret()).containsExactly(1, 13, 10, 9);
    }

    @Test
    void R_4954_15_nothingIsEmpty() {
        assertRefused("user must not be empty", () -> Credentials.password("", "secret"));
        assertRefused("password must not be empty", () -> Credentials.password("tim", ""));
        assertRefused("password must not be empty", () -> Credentials.password("tim", new char[0]));
        assertRefused("user must not be empty", () -> Credentials.token("", "secret"));
        assertRefused("token must not be empty", () -> Credentials.token("tim", ""));
    }

    @Test
    void unpairedSurrogatesAreRefusedNotReplaced() {
        String expected = " must be valid Unicode, found half a surrogate pair";
        assertRefused("user" + expected, () -> Credentials.password(HALF_PAIR, "secret"));
        assertRefused("password" + expected, () -> Credentials.password("tim", HALF_PAIR));
        assertRefused("password" + expected, () -> Credentials.password("tim", "\uDD11s3".toCharArray()));
        assertRefused("user" + expected, () -> Credentials.token(HALF_PAIR, "secret"));
        assertRefused("token" + expected, () -> Credentials.token("tim", HALF_PAIR + "cret"));
    }

    @ParameterizedTest
    @ValueSource(chars = {'\0', '\1', '\r', '\n'})
    void R_OAUTH_01_noSeparatorInUserOrToken(char separator) {
        String code = "U+%04X".formatted((int) separator);
        assertRefused("token must not contain " + code, () -> Credentials.token("tim", "a" + separator + "b"));
        assertRefused("user must not contain " + code, () -> Credentials.token("a" + separator + "b", "secret"));
    }

    @Test
    void S_21_toStringShowsTheKindAlone() {
        assertThat(Credentials.password("tim", "secret")).hasToString("Password[***]");
        assertThat(Credentials.token("tim", "secret")).hasToString("Token[***]");
    }

    @Test
    void S_22_theCallersPasswordIsCopiedAndLeftAlone() {
        char[] password = "secret".toCharArray();
        Credentials credentials = Credentials.password("tim", password);
        assertThat(password).containsExactly("secret".toCharArray());
        Arrays.fill(password, '\0');
        assertThat(credentials.secret()).asString(UTF_8).isEqualTo("secret");
    }

    @Test
    void S_22_whoWipesASecretWipesACopy() {
        Credentials credentials = Credentials.password("tim", "secret");
        Arrays.fill(credentials.secret(), (byte) 0);
        assertThat(credentials.secret()).asString(UTF_8).isEqualTo("secret");
    }

    @Test
    void keepsTheUserAsGiven() {
        assertThat(Credentials.password(" Tïm ", "secret").user()).isEqualTo(" Tïm ");
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(SmtpSyntaxException.class).hasMessage(message);
    }
}
