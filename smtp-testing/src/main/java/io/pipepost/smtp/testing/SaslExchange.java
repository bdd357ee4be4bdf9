/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.protocol.Reply;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one AUTH command (RFC 4954; mechanisms by RFC 4616, RFC 2195, RFC 7628). Each step takes a
 * response and gives the next reply: 334 for more, anything else at the end.
 */
final class SaslExchange {
    private static final Reply SUCCESS = Reply.of(235, "2.7.0 Authentication successful");
    private static final Reply FAILURE = Reply.of(535, "5.7.8 Authentication credentials invalid");
    private static final Reply NOT_BASE64 = Reply.of(501, "5.5.2 Cannot decode the response");
    private static final String TOKEN_ERROR = "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"mail\"}";

    private final SinkAccount account;
    private final String mechanism;
    private final String challenge;
    private @Nullable String loginUser;
    private boolean tokenRefused;
    private @Nullable String user;

    SaslExchange(SinkAccount account, String mechanism, String host) {
        this.account = account;
        this.mechanism = mechanism;
        this.challenge =
                "<" + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE) + "." + System.nanoTime() + "@" + host + ">";
    }

    /** Who has authenticated; null until a step has given 235. */
    @Nullable
    String user() {
        return user;
    }

    /** The reply to the command itself; {@code initial} is its initial response as it came, or null. */
    Reply start(@Nullable String initial) {
        if (initial != null) {
            return mechanism.equals("CRAM-MD5")
                    ? Reply.of(501, "5.7.0 CRAM-MD5 takes no initial response")
                    : next(initial.equals("=") ? "" : initial);
        }
        return switch (mechanism) {
            case "LOGIN" -> more("Username:");
            case "CRAM-MD5" -> more(challenge);
            default -> more("");
        };
    }

    Reply next(String response) {
        if (response.equals("*")) {
            return Reply.of(501, "5.7.0 Authentication cancelled");
        }
        String text;
        try {
            text = new String(Base64.getDecoder().decode(response), UTF_8);
        } catch (IllegalArgumentException e) {
            return NOT_BASE64;
        }
        return switch (mechanism) {
            case "PLAIN" -> plain(text);
            case "LOGIN" -> login(text);
            case "CRAM-MD5" -> cramMd5(text);
            default -> token(text);
        };
    }

    private Reply plain(String text) {
        String[] parts = text.split("\0", -1);
        return end(parts.length == 3 && account.matches(parts[1], parts[2]));
    }

    private Reply login(String text) {
        if (loginUser == null) {
            loginUser = text;
            return more("Password:");
        }
        return end(account.matches(loginUser, text));
    }

    private Reply cramMd5(String text) {
        String password = account.password();
        return end(password != null && text.equals(account.user() + " " + hmacMd5(password, challenge)));
    }

    private static String hmacMd5(String key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacMD5"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Reply token(String text) {
        if (tokenRefused) {
            return FAILURE;
        }
        String token = account.token();
        String name = account.user();
        boolean named = mechanism.equals("XOAUTH2")
                ? text.startsWith("user=" + name + "\1")
                : text.startsWith("n,a=" + name + ",\1");
        if (token != null && named && text.endsWith("\1auth=Bearer " + token + "\1\1")) {
            return end(true);
        }
        tokenRefused = true;
        return more(TOKEN_ERROR);
    }

    private static Reply more(String text) {
        return Reply.of(334, Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
    }

    private Reply end(boolean success) {
        if (success) {
            user = account.user();
        }
        return success ? SUCCESS : FAILURE;
    }
}
