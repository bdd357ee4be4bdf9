/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;

/** Writes the plots of the report as PNG. A plot without data is left out. */
final class Plots {
    /** File names and titles, in the order of the report. */
    static final Map<String, String> TITLES = new LinkedHashMap<>();

    static {
        TITLES.put("clients", "1 KiB, 10 connections: rate and messages per CPU second");
        TITLES.put("latency", "1 KiB, 10 connections: rate against latency");
        TITLES.put("depth", "1 KiB, 10 connections: messages per CPU second against transactions in flight");
        TITLES.put("connections", "1 KiB: rate against connections");
        TITLES.put("queue", "1 KiB, 10 connections: messages per CPU second against messages waiting");
    }

    private static final int WIDTH = 1_100;
    private static final int ROW = 48;
    private static final double LOWEST_DECADE = 2;
    private static final List<Integer> DEPTHS = List.of(1, 4, 16);

    private final Results results;

    Plots(Results results) {
        this.results = results;
    }

    void write() throws IOException {
        clients();
        latency();
        depth();
        connections();
        queue();
    }

    private void clients() throws IOException {
        List<String> names = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        List<Double> perCpu = new ArrayList<>();
        for (Sample sample : results.samples(Scenarios.byId("1k-10"))) {
            if (Double.isFinite(sample.rate())) {
                names.add(sample.title());
                rates.add(Math.log10(sample.rate()));
                perCpu.add(Math.log10(sample.perCpuSecond()));
            }
        }
        if (names.isEmpty()) {
            return;
        }
        HorizontalBarChart chart = new HorizontalBarChartBuilder()
                .width(WIDTH)
                .height(150 + ROW * names.size())
                .title(TITLES.get("clients"))
                .xAxisTitle("messages (logarithmic)")
                .build();
        style(chart.getStyler());
        // The library labels the logarithmic axis of this chart wrongly, so the logarithms are ours; and it leaves
        // names
        // out if a row is lower than the hint for the other axis.
        chart.getStyler()
                .setXAxisMin(LOWEST_DECADE)
                .setXAxisTickLabelsFormattingFunction(Plots::decade)
                .setXAxisTickMarkSpacingHint(ROW - 8);
        chart.addSeries("per CPU second of the client", perCpu, names).setFillColor(new Color(0x1f77b4));
        chart.addSeries("per second", rates, names).setFillColor(new Color(0xffbb78));
        save(chart, "clients");
    }

    private static String decade(double log) {
        return Math.abs(log - Math.rint(log)) < 0.01 ? Format.count(Math.round(Math.pow(10, log))) : "";
    }

    private void latency() throws IOException {
        Map<String, ToDoubleFunction<Integer>> series = new LinkedHashMap<>();
        for (Sample sample : results.samples(Scenarios.byId("latency-20"))) {
            series.put(sample.title(), millis -> latency(millis, sample.client()));
        }
        List<Integer> xs = new ArrayList<>(Scenarios.LATENCIES);
        lines("latency", "latency in ms (logarithmic)", "messages per second (logarithmic)", xs, series);
    }

    private double latency(int millis, String client) {
        return results.sample("latency-" + millis, client).rate();
    }

    private void depth() throws IOException {
        Map<String, ToDoubleFunction<Integer>> series = new LinkedHashMap<>();
        series.put("Pipepost", inFlight -> depth("pipepost", inFlight));
        series.put("raw Netty floor", inFlight -> depth("floor", inFlight));
        lines("depth", "transactions in flight", "messages per CPU second", DEPTHS, series);
    }

    private double depth(String client, int inFlight) {
        String shape = inFlight == 1 ? "-flight" : "-train-" + inFlight;
        return results.sample("1k-10", client + shape).perCpuSecond();
    }

    private void connections() throws IOException {
        Map<String, ToDoubleFunction<Integer>> series = new LinkedHashMap<>();
        for (Contender each : List.of(Contender.PIPEPOST_FLIGHT, Contender.FLOOR_FLIGHT, Contender.NIO)) {
            series.put(
                    each.title(),
                    count -> results.sample("1k-" + count, each.id()).rate());
        }
        lines("connections", "connections (logarithmic)", "messages per second", Scenarios.CONNECTIONS, series);
    }

    private void queue() throws IOException {
        lines(
                "queue",
                "messages waiting (logarithmic)",
                "messages per CPU second",
                Scenarios.WAITING,
                Map.of(
                        "Pipepost",
                        waiting -> results.sample("queue", "pipepost-flight-waiting-" + waiting)
                                .perCpuSecond()));
    }

    private static void lines(
            String file, String xTitle, String yTitle, List<Integer> xs, Map<String, ToDoubleFunction<Integer>> series)
            throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(520 + 25 * series.size())
                .title(TITLES.get(file))
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        style(chart.getStyler());
        chart.getStyler()
                .setYAxisTickLabelsFormattingFunction(value -> Format.count(Math.round(value)))
                .setXAxisTickLabelsFormattingFunction(value -> Format.count(Math.round(value)))
                .setXAxisLogarithmicDecadeOnly(false)
                .setXAxisLogarithmic(xTitle.contains("logarithmic"))
                .setYAxisLogarithmic(yTitle.contains("logarithmic"));
        if (!chart.getStyler().isYAxisLogarithmic()) {
            chart.getStyler().setYAxisMin(0.0);
        }
        long drawn = series.entrySet().stream()
                .filter(each -> addLine(chart, each.getKey(), xs, each.getValue()))
                .count();
        if (drawn > 0) {
            save(chart, file);
        }
    }

    private static boolean addLine(XYChart chart, String name, List<Integer> xs, ToDoubleFunction<Integer> figure) {
        List<Integer> measured = xs.stream()
                .filter(x -> Double.isFinite(figure.applyAsDouble(x)))
                .toList();
        if (measured.size() < 2) {
            return false;
        }
        chart.addSeries(
                name, measured, measured.stream().map(figure::applyAsDouble).toList());
        return true;
    }

    private static void style(AxesChartStyler styler) {
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Vertical);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setAxisTickLabelsFont(styler.getAxisTickLabelsFont().deriveFont(Font.PLAIN));
    }

    private static void save(IChart chart, String file) throws IOException {
        ChartEncoder.saveChart(chart, Layout.PLOTS.resolve(file).toString(), "png");
    }
}
