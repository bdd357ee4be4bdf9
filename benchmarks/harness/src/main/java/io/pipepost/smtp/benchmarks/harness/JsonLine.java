/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One JSON object with strings and numbers only, on one line. Not thread-safe. */
public final class JsonLine {
    private static final Pattern MEMBER =
            Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([-+.0-9eE]+))");

    private final Map<String, Object> members = new LinkedHashMap<>();

    /** An empty object. */
    public JsonLine() {}

    /**
     * Reads what {@link #toString()} has written.
     *
     * @param line the line
     * @return the object
     */
    public static JsonLine parse(String line) {
        JsonLine json = new JsonLine();
        Matcher matcher = MEMBER.matcher(line);
        while (matcher.find()) {
            String number = matcher.group(3);
            json.members.put(
                    unquote(matcher.group(1)),
                    number == null ? unquote(matcher.group(2)) : (Object) Double.valueOf(number));
        }
        return json;
    }

    /**
     * Sets a member.
     *
     * @param key its name
     * @param value a number, or anything as a string
     * @return this
     */
    public JsonLine put(String key, Object value) {
        members.put(key, value instanceof Number ? value : value.toString());
        return this;
    }

    /**
     * Adds all members of another object.
     *
     * @param other the other
     * @return this
     */
    public JsonLine putAll(JsonLine other) {
        members.putAll(other.members);
        return this;
    }

    /**
     * Whether there is a member.
     *
     * @param key its name
     * @return true if it was put
     */
    public boolean has(String key) {
        return members.containsKey(key);
    }

    /**
     * A number.
     *
     * @param key its name
     * @return NaN if there is no such number
     */
    public double number(String key) {
        return members.get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /**
     * A text.
     *
     * @param key its name
     * @return empty if there is none
     */
    public String text(String key) {
        Object value = members.get(key);
        return value == null ? "" : value.toString();
    }

    @Override
    public String toString() {
        StringBuilder line = new StringBuilder("{");
        members.forEach((key, value) -> {
            line.append(line.length() > 1 ? "," : "").append(quote(key)).append(':');
            line.append(value instanceof Number number ? plain(number) : quote(value.toString()));
        });
        return line.append('}').toString();
    }

    private static String plain(Number number) {
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no " + value);
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : number.toString();
    }

    private static String quote(String text) {
        return '"' + text.replaceAll("[\\x00-\\x1f]", " ").replaceAll("([\"\\\\])", "\\\\$1") + '"';
    }

    private static String unquote(String quoted) {
        return quoted.replaceAll("\\\\(.)", "$1");
    }
}
