#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The recipe for Apache Spark: check_spark.sh WORK EVTXSEQ MAKE_LOGS, from the top of the tree. Installs
# PySpark in WORK/venv, which the next run uses again, and runs it by itself. Exit status 77: it cannot
# run here.
set -eu
check=check_spark
# shellcheck source=tests/machines.sh
. tests/machines.sh
python=${PYTHON:-/usr/bin/python3}
requirement=pyspark==4.3.0

install_pyspark() {
    rm -rf "$work/venv"
    "$python" -m venv "$work/venv" >"$work/log" 2>&1 ||
        skip "no virtual environment for Python, which Debian has in python3-venv; $work/log says why"
    "$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install "$requirement" \
        >"$work/log" 2>&1 ||
        skip "pip cannot install PySpark, perhaps there is no network; $work/log says why"
    echo "$requirement" >"$work/venv/installed.txt"
}

[ "$(cat "$work/venv/installed.txt" 2>/dev/null)" = "$requirement" ] || install_pyspark
java -version >"$work/log" 2>&1 || skip "no Java, which Debian has in default-jre-headless"
prepare
recipe "Apache Spark" >"$work/recipe"
# In processes of this machine alone, each task up to three times, as Spark does on a cluster.
export PATH="$work/venv/bin:$PATH" SPARK_LOCAL_IP=127.0.0.1 \
    PYSPARK_SUBMIT_ARGS="--master local[2,3] --conf spark.ui.enabled=false pyspark-shell"

run_recipe "2
"
expect_all
run_recipe "2
2
2
"
expect_missing "$work/errors"
echo "$check: what tasks of Spark find is what one run finds; one that fails is run again, or named"
