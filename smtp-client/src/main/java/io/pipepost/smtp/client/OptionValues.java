/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values of a class of options. They change only in a copy that nobody else has yet; so the class is immutable, and one
 * more option is a field, a line in {@link #all} and two methods.
 */
abstract class OptionValues<V extends OptionValues<V>> implements Cloneable {
    /** A value as it is compared and shown. */
    record Named(String name, @Nullable Object value) {
        @Override
        public String toString() {
            return name + '=' + (value instanceof Duration span ? Words.of(span) : value);
        }
    }

    static Named named(String name, @Nullable Object value) {
        return new Named(name, value);
    }

    /** A copy with something changed, and checked. */
    final V with(Consumer<? super V> change) {
        V copy = copy();
        change.accept(copy);
        copy.check();
        return copy;
    }

    @SuppressWarnings("unchecked")
    private V copy() {
        try {
            return (V) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** Throws {@link IllegalArgumentException} if the values are out of range, or do not go together. */
    abstract void check();

    abstract List<Named> all();

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof OptionValues<?> that && all().equals(that.all());
    }

    @Override
    public final int hashCode() {
        return all().hashCode();
    }

    @Override
    public final String toString() {
        return all().stream().map(Named::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
