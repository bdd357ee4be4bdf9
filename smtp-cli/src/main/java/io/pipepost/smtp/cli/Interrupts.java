/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * SIGINT and SIGTERM: the first asks the program to come to an end, the second ends it at once, and so does time, whatever
 * holds the program up: a disk, a terminal that nobody reads, a server. A shutdown hook could not do that, since the virtual machine ignores signals while hooks run. {@code sun.misc.Signal} is called by reflection:
 * compilers warn of it, and where it is missing signals do what they always do.
 */
final class Interrupts implements AutoCloseable {
    /** From the first signal to the end in any case. */
    static final Duration LAST_CALL = Duration.ofSeconds(45);

    private static final long SAME_NANOS = 1_000_000_000;

    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final Map<Object, @Nullable Object> replaced = new LinkedHashMap<>();
    private final AtomicBoolean first = new AtomicBoolean(true);
    private final IntConsumer onFirst;
    private final IntConsumer end;
    private final Duration lastCall;
    private volatile long firstAt = System.nanoTime();
    private volatile boolean answered;

    Interrupts(IntConsumer onFirst, IntConsumer end, Duration lastCall) {
        this.onFirst = onFirst;
        this.end = end;
        this.lastCall = lastCall;
    }

    /**
     * Until closed, calls this for the first signal, on a thread of the virtual machine. What comes before it returns, and
     * within a second, is the same signal: {@code timeout} sends it to the process and to its group. Closing puts the former handlers
     * back; the time that has begun with a first signal goes on.
     */
    static Interrupts handle(IntConsumer onFirst) {
        Interrupts interrupts =
                new Interrupts(onFirst, status -> Runtime.getRuntime().halt(status), LAST_CALL);
        SIGNALS.forEach(interrupts::install);
        return interrupts;
    }

    /** For a handler of the first signal whose answer comes from elsewhere. */
    static void await(CountDownLatch answer) {
        try {
            answer.await(SAME_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a process ends with that a signal has ended. */
    static int status(int signal) {
        return 128 + signal;
    }

    private void install(String name, int number) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object signal = type.getConstructor(String.class).newInstance(name);
            InvocationHandler handler = (proxy, method, args) -> invoke(proxy, method, args, number);
            Object proxy = Proxy.newProxyInstance(handlerType.getClassLoader(), new Class<?>[] {handlerType}, handler);
            replaced.put(signal, handle(signal, proxy));
        } catch (ReflectiveOperationException e) {
            // as documented above
        }
    }

    private static @Nullable Object handle(Object signal, @Nullable Object handler)
            throws ReflectiveOperationException {
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        return signal.getClass()
                .getMethod("handle", signal.getClass(), handlerType)
                .invoke(null, signal, handler);
    }

    private @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] args, int number) {
        return switch (method.getName()) {
            case "handle" -> {
                onSignal(number);
                yield null;
            }
            case "equals" -> args != null && proxy == args[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "pipepost's signal handler";
        };
    }

    void onSignal(int signal) {
        if (first.compareAndSet(true, false)) {
            endLater(signal);
            onFirst.accept(signal);
            answered = true;
        } else if (answered || System.nanoTime() - firstAt > SAME_NANOS) {
            end.accept(status(signal));
        }
    }

    private void endLater(int signal) {
        firstAt = System.nanoTime();
        Thread thread = new Thread(
                () -> {
                    LockSupport.parkNanos(lastCall.toNanos());
                    end.accept(status(signal));
                },
                "pipepost-last-call");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        replaced.forEach((signal, handler) -> {
            try {
                handle(signal, handler);
            } catch (ReflectiveOperationException e) {
                // it stays as it is until the process ends
            }
        });
    }
}
