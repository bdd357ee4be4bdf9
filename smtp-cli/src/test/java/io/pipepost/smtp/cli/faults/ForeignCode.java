/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a client is given that is not its own: an observer, a throttle, executors, a source of credentials and a signer that
 * mostly do as they should, and now and then throw, fail, give null, answer late or on another thread, or do a thing twice.
 * Which of them there are, and what the n-th call does, follows from the seed.
 */
final class ForeignCode {
    /** The kinds. */
    private enum Part {
        OBSERVER,
        THROTTLE,
        CALLBACKS,
        BLOCKING,
        CREDENTIALS,
        SIGNER
    }

    private final long seed;
    private final int rarity;
    private final ScheduledExecutorService timer;
    private final Set<Part> parts = EnumSet.noneOf(Part.class);
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong faults = new AtomicLong();

    /**
     * Draws some of the parts.
     *
     * @param seed the seed
     * @param rarity one call in so many goes wrong; 0 if there is no such code
     * @param timer answers late
     */
    ForeignCode(long seed, int rarity, ScheduledExecutorService timer) {
        this.seed = seed;
        this.rarity = rarity;
        this.timer = timer;
        SplittableRandom random = new SplittableRandom(seed).split();
        for (Part part : Part.values()) {
            if (rarity > 0 && random.nextInt(2) == 0) {
                parts.add(part);
            }
        }
    }

    /**
     * Gives a client its parts.
     *
     * @param builder the client's
     * @param user who logs in; null if nobody does
     * @param callbacks completes futures; null if nobody need
     * @param blocking for blocking work
     */
    void give(SmtpClient.Builder builder, @Nullable Credentials user, @Nullable Executor callbacks, Executor blocking) {
        if (parts.contains(Part.OBSERVER)) {
            builder.observer(observer());
        }
        if (parts.contains(Part.THROTTLE)) {
            builder.throttle(throttle());
        }
        if (callbacks != null) {
            builder.callbackExecutor(parts.contains(Part.CALLBACKS) ? executor(callbacks) : callbacks);
        }
        if (parts.contains(Part.BLOCKING)) {
            builder.blockingExecutor(executor(blocking));
        }
        if (user != null && parts.contains(Part.CREDENTIALS)) {
            builder.credentials(credentials(user));
        }
        if (parts.contains(Part.SIGNER)) {
            builder.signer(signer());
        }
    }

    /** Calls that went wrong. */
    long faults() {
        return faults.get();
    }

    @Override
    public String toString() {
        return "foreign code, 1 in " + rarity + ": " + parts;
    }

    private SplittableRandom lot() {
        return new SplittableRandom(seed + calls.incrementAndGet() * 1_000_003).split();
    }

    private boolean goesWrong(SplittableRandom lot) {
        boolean wrong = lot.nextInt(rarity) == 0;
        if (wrong) {
            faults.incrementAndGet();
        }
        return wrong;
    }

    private SmtpObserver observer() {
        return (SmtpObserver) Proxy.newProxyInstance(
                SmtpObserver.class.getClassLoader(), new Class<?>[] {SmtpObserver.class}, (self, method, arguments) -> {
                    SplittableRandom lot = lot();
                    if (goesWrong(lot)) {
                        throw Trouble.draw(lot);
                    }
                    return method.getReturnType() == boolean.class ? lot.nextBoolean() : null;
                });
    }

    private SendThrottle throttle() {
        return (relay, recipients) -> answer(null);
    }

    private Supplier<CompletionStage<Credentials>> credentials(Credentials user) {
        return () -> answer(user);
    }

    private ContentSigner signer() {
        return (content, blocking) -> {
            SplittableRandom lot = lot();
            if (lot.nextInt(2 * rarity) == 0) {
                faults.incrementAndGet();
                return answer(Content.ofPublisher(() -> {
                    throw Trouble.sneak(Trouble.draw(lot));
                }));
            }
            return answer(content);
        };
    }

    private <T> CompletionStage<T> answer(@Nullable T value) {
        SplittableRandom lot = lot();
        if (!goesWrong(lot)) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            return lot.nextInt(4) == 0
                    ? later(answer, lot, () -> answer.complete(value))
                    : CompletableFuture.completedFuture(value);
        }
        Throwable trouble = Trouble.draw(lot);
        CompletableFuture<T> answer = new CompletableFuture<>();
        return switch (lot.nextInt(6)) {
            case 0 -> throw Trouble.sneak(trouble);
            case 1 -> nothing();
            case 2 -> CompletableFuture.completedFuture(nothing());
            case 3 -> later(answer, lot, () -> answer.completeExceptionally(trouble));
            case 4 -> new ClosedStage<>(trouble);
            default -> CompletableFuture.failedFuture(trouble);
        };
    }

    @SuppressWarnings("NullAway") // As code does that no compiler has looked at.
    private static <T> T nothing() {
        return null;
    }

    private <T> CompletionStage<T> later(CompletableFuture<T> answer, SplittableRandom lot, Runnable task) {
        timer.schedule(task, lot.nextInt(30_000), TimeUnit.MICROSECONDS);
        return answer;
    }

    /** Throws where a stage is asked for what becomes of it. */
    private static final class ClosedStage<T> extends CompletableFuture<T> {
        private final Throwable trouble;

        ClosedStage(Throwable trouble) {
            this.trouble = trouble;
        }

        @Override
        public CompletableFuture<T> whenComplete(java.util.function.BiConsumer<? super T, ? super Throwable> action) {
            throw Trouble.sneak(trouble);
        }

        @Override
        public CompletableFuture<T> toCompletableFuture() {
            throw Trouble.sneak(trouble);
        }
    }

    private Executor executor(Executor proper) {
        return task -> {
            SplittableRandom lot = lot();
            if (!goesWrong(lot)) {
                (lot.nextInt(8) == 0 ? (Executor) Runnable::run : proper).execute(task);
                return;
            }
            switch (lot.nextInt(5)) {
                case 0 -> throw new RejectedExecutionException("Not this client's");
                case 1 -> proper.execute(task);
                case 2 -> task.run();
                default -> {}
            }
            if (lot.nextBoolean()) {
                throw Trouble.sneak(Trouble.draw(lot));
            }
            proper.execute(task);
        };
    }
}
