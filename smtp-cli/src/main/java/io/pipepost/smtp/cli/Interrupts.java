/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * SIGINT and SIGTERM: the first asks the program to come to an end, the second ends it at once. A shutdown hook could not
 * do that, since the virtual machine ignores signals while hooks run. {@code sun.misc.Signal} is called by reflection:
 * compilers warn of it, and where it is missing signals do what they always do.
 */
final class Interrupts implements AutoCloseable {
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final Map<Object, @Nullable Object> replaced = new LinkedHashMap<>();
    private final AtomicBoolean first = new AtomicBoolean(true);
    private final Runnable onFirst;

    private Interrupts(Runnable onFirst) {
        this.onFirst = onFirst;
    }

    /** Until closed, calls this for the first signal, on a thread of the virtual machine. */
    static Interrupts handle(Runnable onFirst) {
        Interrupts interrupts = new Interrupts(onFirst);
        SIGNALS.forEach(interrupts::install);
        return interrupts;
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

    private void onSignal(int number) {
        if (first.compareAndSet(true, false)) {
            onFirst.run();
        } else {
            Runtime.getRuntime().halt(128 + number);
        }
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
