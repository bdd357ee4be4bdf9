/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.util.List;

/**
 * What a server allows in one session (LIMITS, RFC 9422 section 4).
 *
 * @param mailMax mail transactions in a session
 * @param rcptMax recipients in a transaction
 * @param rcptDomainMax different recipient domains in a session
 */
public record ServerLimits(int mailMax, int rcptMax, int rcptDomainMax) {
    /** The value of a limit that was not announced. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** No limits. */
    public static final ServerLimits NONE = new ServerLimits(UNLIMITED, UNLIMITED, UNLIMITED);

    private static final int MAX_DIGITS = 6;

    /** Checks the numbers. */
    public ServerLimits {
        if (mailMax < 1 || rcptMax < 1 || rcptDomainMax < 1) {
            throw new IllegalArgumentException(
                    "Limits are at least 1, found " + mailMax + ", " + rcptMax + " and " + rcptDomainMax);
        }
    }

    /**
     * R-9422-01: a word that is no limit voids the keyword, a bad value its limit; unknown names are ignored.
     *
     * @param words what stands behind LIMITS
     */
    static ServerLimits parse(List<String> words) {
        int mail = UNLIMITED;
        int rcpt = UNLIMITED;
        int domains = UNLIMITED;
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1 || equals == word.length() - 1 || !isName(word, equals) || !isValue(word, equals + 1)) {
                return NONE;
            }
            int value = value(word.substring(equals + 1));
            switch (Text.upperAscii(word.substring(0, equals))) {
                case "MAILMAX" -> mail = value;
                case "RCPTMAX" -> rcpt = value;
                case "RCPTDOMAINMAX" -> domains = value;
                default -> {}
            }
        }
        return new ServerLimits(mail, rcpt, domains);
    }

    private static boolean isName(String word, int end) {
        for (int i = 0; i < end; i++) {
            char c = word.charAt(i);
            if (!Text.isLetterOrDigit(c) && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static boolean isValue(String word, int start) {
        for (int i = start; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c <= ' ' || c >= 0x7F || c == ';') {
                return false;
            }
        }
        return true;
    }

    private static int value(String text) {
        boolean digits = text.length() <= MAX_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int value = digits ? Integer.parseInt(text) : 0;
        return value == 0 ? UNLIMITED : value;
    }
}
