/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Code that is not the client's: it does as it should until it is told to do something else. */
@SuppressWarnings("NullAway") // Giving null where it must not be given is what this is for.
final class Stranger {
    enum Misdeed {
        THROWS_EXCEPTION,
        THROWS_ERROR,
        NULL,
        NEVER,
        TWICE,
        ANOTHER_THREAD;

        boolean throwsIt() {
            return this == THROWS_EXCEPTION || this == THROWS_ERROR;
        }
    }

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "stranger");
        thread.setDaemon(true);
        return thread;
    });

    private volatile @Nullable Misdeed misdeed;
    private volatile @Nullable Throwable thrown;
    private final AtomicInteger goodDeeds = new AtomicInteger();

    /** Does it from the next call on, or after so many good deeds. */
    void turnBad(Misdeed what, int goodDeedsBefore) {
        thrown = what == Misdeed.THROWS_EXCEPTION ? new IllegalStateException("boom") : new NoSuchMethodError("boom");
        goodDeeds.set(goodDeedsBefore);
        misdeed = what;
    }

    void turnGood() {
        misdeed = null;
    }

    Throwable thrown() {
        return thrown;
    }

    private @Nullable Misdeed misdeed() {
        Misdeed what = misdeed;
        return what == null || goodDeeds.getAndUpdate(n -> Math.max(0, n - 1)) > 0 ? null : what;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable any) throws T {
        throw (T) any;
    }

    private void act(@Nullable Misdeed what) {
        if (what != null && what.throwsIt()) {
            Stranger.<RuntimeException>sneak(thrown);
        }
    }

    /** What is to be done now, if it is not to throw. */
    @Nullable
    Misdeed begin() {
        Misdeed what = misdeed();
        act(what);
        return what;
    }

    /** A method without an answer. */
    void act() {
        act(misdeed());
    }

    /** A method that answers at once. */
    <T> T answer(Supplier<T> good) {
        Misdeed what = begin();
        return what == Misdeed.NULL ? null : good.get();
    }

    /** A method that answers later. */
    <T> CompletionStage<T> stage(Supplier<T> good) {
        Misdeed what = begin();
        if (what == null) {
            return CompletableFuture.completedFuture(good.get());
        }
        return switch (what) {
            case NULL -> null;
            case NEVER -> new CompletableFuture<>();
            case TWICE -> twice(good.get());
            default -> CompletableFuture.supplyAsync(good, THREADS);
        };
    }

    /** A stage of no known kind, which answers twice and is no future. */
    @SuppressWarnings("unchecked")
    private static <T> CompletionStage<T> twice(T value) {
        return (CompletionStage<T>) Proxy.newProxyInstance(
                Stranger.class.getClassLoader(), new Class<?>[] {CompletionStage.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("whenComplete")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    BiConsumer<T, Throwable> action = (BiConsumer<T, Throwable>) arguments[0];
                    action.accept(value, null);
                    action.accept(value, null);
                    return self;
                });
    }

    /** An executor; without misdeeds a good one. */
    Executor executor(Executor good) {
        return task -> {
            Misdeed what = begin();
            if (what == Misdeed.TWICE) {
                good.execute(task);
                THREADS.execute(task);
            } else if (what == Misdeed.ANOTHER_THREAD) {
                THREADS.execute(task);
            } else if (what != Misdeed.NEVER) {
                good.execute(task);
            }
        };
    }

    Executor threads() {
        return executor(THREADS);
    }

    /** Where a publisher does not do as it should. */
    enum Method {
        SUBSCRIBE,
        REQUEST,
        /** Throws there; so that it is called at all, more is published than was requested, and no end. */
        CANCEL
    }

    /** Gives one thing, and ends. */
    <T> Flow.Publisher<T> publisher(Method where, Supplier<T> thing) {
        return subscriber -> {
            Misdeed what = misdeed();
            if (where != Method.SUBSCRIBE || what == null) {
                subscriber.onSubscribe(new Given<>(where, what, thing, subscriber));
                return;
            }
            act(what);
            switch (what) {
                case NULL -> subscriber.onSubscribe(null);
                case TWICE -> {
                    subscriber.onSubscribe(new Given<>(where, null, thing, subscriber));
                    subscriber.onSubscribe(new Given<>(where, null, thing, subscriber));
                }
                case ANOTHER_THREAD ->
                    THREADS.execute(() -> subscriber.onSubscribe(new Given<>(where, null, thing, subscriber)));
                default -> {}
            }
        };
    }

    private final class Given<T> implements Flow.Subscription {
        private final Method where;
        private final @Nullable Misdeed what;
        private final Supplier<T> thing;
        private final Flow.Subscriber<? super T> subscriber;
        private final AtomicInteger requests = new AtomicInteger();

        Given(Method where, @Nullable Misdeed what, Supplier<T> thing, Flow.Subscriber<? super T> subscriber) {
            this.where = where;
            this.what = what;
            this.thing = thing;
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (requests.getAndIncrement() != 0) {
                return;
            }
            if (what == null) {
                give(1);
            } else if (where == Method.CANCEL) {
                subscriber.onNext(thing.get());
                subscriber.onNext(thing.get());
            } else {
                act(what);
                switch (what) {
                    case NULL -> subscriber.onNext(null);
                    case TWICE -> give(2);
                    case ANOTHER_THREAD -> THREADS.execute(() -> give(1));
                    default -> {}
                }
            }
        }

        private void give(int times) {
            for (int i = 0; i < times; i++) {
                subscriber.onNext(thing.get());
            }
            subscriber.onComplete();
        }

        @Override
        public void cancel() {
            if (where == Method.CANCEL) {
                act(what);
            }
        }
    }
}
