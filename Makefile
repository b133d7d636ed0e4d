# Lastly. `make` or `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

MVN       ?= mvn
MVN_FLAGS ?= -B
JAVA      ?= $(if $(JAVA_HOME),$(JAVA_HOME)/bin/java,java)

# What the demonstration is built from.
SOURCES   := pom.xml $(shell find src/main migrations -type f 2>/dev/null)
CLASSPATH := target/demo.classpath

# The JDK for test-newer-jdk: the one with the highest version below /usr/lib/jvm that is newer
# than 17. Say NEWER_JAVA_HOME=/path/to/jdk to choose another.
NEWER_JAVA_HOME ?= $(shell for javac in /usr/lib/jvm/*/bin/javac; do \
    [ -x "$$javac" ] || continue; \
    version="$$("$$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')"; \
    [ "$${version:-0}" -gt 17 ] && echo "$$version $${javac%/bin/javac}"; \
  done | sort -n | tail -n 1 | cut -d ' ' -f 2-)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(CLASSPATH) ## watch a worker be killed with -9 and another one clean up after it
	@"$(JAVA)" -Dslf4j.internal.verbosity=ERROR --enable-native-access=ALL-UNNAMED \
	  -cp "target/classes:$$(cat $(CLASSPATH))" dev.lastly.cli.Demo

# Written last, so that its age says whether the classes are up to date. Format is checked by `test`.
$(CLASSPATH): $(SOURCES)
	@echo "Building (once, and after each change of the sources) ..."
	@$(MVN) -q $(MVN_FLAGS) -Dspotless.check.skip=true compile \
	  dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile=$(CURDIR)/$(CLASSPATH)
	@touch $(CLASSPATH)

.PHONY: test
test: ## everything that must hold: format, lint, all tests (none skipped), Javadoc, coverage report
	$(MVN) $(MVN_FLAGS) verify

.PHONY: test-newer-jdk
test-newer-jdk: ## build and test with the newest JDK below /usr/lib/jvm, in target-newer-jdk
	@if [ -z "$(NEWER_JAVA_HOME)" ]; then \
	  echo "No JDK newer than 17 below /usr/lib/jvm: nothing was tested with one." \
	       "Install one, or say NEWER_JAVA_HOME=/path/to/jdk."; \
	else \
	  echo "Building and testing with the JDK in $(NEWER_JAVA_HOME)"; \
	  JAVA_HOME="$(NEWER_JAVA_HOME)" $(MVN) $(MVN_FLAGS) verify \
	    -Dlastly.build.directory=target-newer-jdk \
	    -Dspotless.check.skip=true -Dmaven.javadoc.skip=true \
	    -Dtest.jvm.args=--enable-native-access=ALL-UNNAMED; \
	fi

# Measurements of whole processes. Figures depend on the machine; let nothing else run meanwhile.
BENCH = $(MVN) -q $(MVN_FLAGS) -Dspotless.check.skip=true test-compile dependency:build-classpath \
    -DincludeScope=test -Dmdep.outputFile=$(CURDIR)/target/bench.classpath; \
  "$(JAVA)" -cp "target/classes:target/test-classes:$$(cat target/bench.classpath)" dev.lastly.bench

SIBLINGS ?= 9
KILLS    ?= 100
.PHONY: bench-detection
bench-detection: ## from kill -9 until an idle sibling has run the function: SIBLINGS=9 KILLS=100
	@$(BENCH).DetectionBench $(SIBLINGS) $(KILLS)

WORKERS ?= 100
MEASURE ?= 60
.PHONY: bench-idle
bench-idle: ## what idle workers cost, beside the same JVMs asleep: WORKERS=100 MEASURE=60 (seconds)
	@$(BENCH).IdleBench $(WORKERS) $(MEASURE)

ROUNDS ?= 2000
.PHONY: bench-job
bench-job: ## what a job costs alone, and beside 1 and 1,000 live owners: ROUNDS=2000
	@$(BENCH).JobBench $(ROUNDS)

.PHONY: format
format: ## format the sources
	$(MVN) -q $(MVN_FLAGS) spotless:apply

.PHONY: javadoc
javadoc: ## write the Javadoc to target/reports/apidocs
	$(MVN) -q $(MVN_FLAGS) -DskipTests compile javadoc:javadoc

.PHONY: coverage
coverage: ## run the tests and write the coverage report to target/site/jacoco
	$(MVN) $(MVN_FLAGS) verify -Dmaven.javadoc.skip=true -Dmaven.source.skip=true
	@echo "See target/site/jacoco/index.html"

.PHONY: install
install: ## put the jars, without running the tests, into the local Maven repository
	$(MVN) $(MVN_FLAGS) -DskipTests install

.PHONY: clean
clean: ## remove everything that was built
	rm -rf target target-newer-jdk
