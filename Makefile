# Lastly. `make` or `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

MVN       ?= mvn
MVN_FLAGS ?= -B
JAVA      ?= $(if $(JAVA_HOME),$(JAVA_HOME)/bin/java,java)

# The modules from which the program and the demonstration are built.
SHIPPED   := src/core src/testkit src/fleet src/cli
SOURCES   := pom.xml $(SHIPPED:=/pom.xml) $(shell find $(SHIPPED:=/main) migrations -type f 2>/dev/null)

# A build without the parts that only a release needs. `test` checks the format.
BUILD = $(MVN) -q $(MVN_FLAGS) -Dspotless.check.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -DdependencyLock.skipCheck=true

# The JDK for test-newer-jdk: the one with the highest version below /usr/lib/jvm that is newer
# than 17. Set NEWER_JAVA_HOME=/path/to/jdk to choose another.
NEWER_JAVA_HOME ?= $(shell for javac in /usr/lib/jvm/*/bin/javac; do \
    [ -x "$$javac" ] || continue; \
    version="$$("$$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')"; \
    [ "$${version:-0}" -gt 17 ] && echo "$$version $${javac%/bin/javac}"; \
  done | sort -n | tail -n 1 | cut -d ' ' -f 2-)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The class path of the jars as users get them. The file is written last, so its age shows whether they are
# up to date.
RUNTIME := target/runtime.classpath
$(RUNTIME): $(SOURCES)
	@echo "Building (once, and after each change of the sources) ..." >&2
	@mkdir -p target
	@$(BUILD) -Dmaven.test.skip=true -pl src/cli -am package dependency:build-classpath -DincludeScope=runtime \
	  -Dmdep.outputFile=$(CURDIR)/$(RUNTIME).others >&2
	@echo "$(CURDIR)/src/cli/target/lastly-cli.jar:$$(cat $(RUNTIME).others)" > $(RUNTIME)
	@rm $(RUNTIME).others

.PHONY: demo
demo: $(RUNTIME) ## show how a worker is killed with -9 and another one cleans up after it
	@"$(JAVA)" -Dslf4j.internal.verbosity=ERROR --enable-native-access=ALL-UNNAMED \
	  -cp "$$(cat $(RUNTIME))" dev.lastly.cli.Demo

.PHONY: classpath
classpath: $(RUNTIME) ## print the class path of everything at run time (core, test kit, program), for scripts
	@cat $(RUNTIME)

# The program: a jar that runs by itself, and a directory with a launcher and the archive with which it starts
# faster. Without tests and Javadoc.
DIST := target/dist
.PHONY: dist
dist: $(DIST)/complete ## the program lastly: target/lastly-cli.jar, and target/dist/lastly, which starts faster

$(DIST)/complete: $(SOURCES) $(shell find src/cli/dist -type f)
	$(BUILD) -Pdist -Dmaven.test.skip=true -pl src/cli -am package
	rm -rf $(DIST)
	mkdir -p $(DIST)/lib
	cp -p target/lastly-cli.jar src/cli/dist/make-archive $(DIST)/lib
	cp -p src/cli/dist/lastly $(DIST)
	"$(JAVA)" -cp target/lastly-cli.jar dev.lastly.cli.Papers $(DIST)/share
	$(DIST)/lib/make-archive
	touch $@

.PHONY: bench-start
bench-start: dist ## how long `lastly status` takes: ROUNDS=20
	@src/cli/dist/start-time $(DIST)/lastly $(if $(filter command line environment,$(origin ROUNDS)),$(ROUNDS),20)

.PHONY: test
test: ## everything that must hold: format, lint, all tests but test-os (none skipped), Javadoc, coverage report
	@src/tests/needs test
	$(MVN) $(MVN_FLAGS) verify

# Whether the tests of test-os may do here what they do.
.PHONY: check-os
check-os:
	@missing=""; \
	[ "$$(uname -s)" = Linux ] || missing="$$missing; Linux (this is $$(uname -s))"; \
	[ "$$(id -u)" = 0 ] || missing="$$missing; root (this is user id $$(id -u))"; \
	if [ -z "$$missing" ]; then \
	  src/tests/needs os; \
	  unshare --mount --pid --fork true 2> /dev/null || missing="$$missing; the right to make namespaces (a container without --privileged?)"; \
	  strace -qq -o /dev/null true 2> /dev/null || missing="$$missing; the right to trace processes (ptrace)"; \
	  strace -qq -k -o /dev/null true 2> /dev/null || missing="$$missing; an strace that prints stacks (-k)"; \
	fi; \
	if [ -n "$$missing" ]; then \
	  echo "make test-os cannot run here. It needs$${missing#;}. Nothing was tested." >&2; \
	  exit 1; \
	fi

# One group of tests, on the jars as users get them; a module may have no test of the group. `make test` lints.
GROUP := -Dexcluded.groups= -Dfail.if.no.tests=false -Dspotless.check.skip=true -Dmaven.javadoc.skip=true \
  -Dmaven.source.skip=true -Djacoco.skip=true -Dspotbugs.skip=true -Derrorprone.plugin=-XDwithoutErrorProne

.PHONY: test-os
test-os: check-os ## tests that need Linux and root: namespaces, cgroups, ptrace, wrong clocks (4 min)
	$(MVN) $(MVN_FLAGS) verify $(GROUP) -Dgroups=os -pl src/cli,src/tests -am

# They start servers of their own on the loopback.
.PHONY: test-fleet
test-fleet: ## tests of the fleet on PostgreSQL servers that they start themselves (7 min): ONLY=Class,…
	@src/tests/needs fleet
	$(MVN) $(MVN_FLAGS) verify $(GROUP) -Dgroups=fleet -pl src/fleet,src/cli -am \
	  $(if $(ONLY),-Dtest='$(ONLY)' -Dsurefire.failIfNoSpecifiedTests=false)

# STEP=1 is every crash point and every call. All that takes hours; SCENARIOS=worker,run-now chooses some of them.
STEP      ?=
SCENARIOS ?=
.PHONY: crash
crash: ## kill at every STEP-th crash point, not only at a selection: STEP=1 SCENARIOS=all
	@src/tests/needs fleet
	$(MVN) $(MVN_FLAGS) verify $(GROUP) -Dgroups=crash -Dlastly.crash.step=$(or $(STEP),1) \
	  -Dlastly.crash.scenarios=$(filter-out all,$(SCENARIOS)) -pl src/tests -am

.PHONY: faults
faults: ## let system calls fail, every STEP-th one, with each error, in each scenario: STEP=10 SCENARIOS=all
	$(MVN) $(MVN_FLAGS) verify $(GROUP) -Dgroups=faults -Dlastly.faults.step=$(or $(STEP),10) \
	  -Dlastly.crash.scenarios=$(filter-out all,$(SCENARIOS)) -pl src/tests -am

MINUTES ?= 5
JVMS    ?= 4
SEED    ?=
.PHONY: chaos
chaos: ## workers under random load and random signals, then a check of the result: MINUTES=5 JVMS=4 SEED=number
	$(call TESTS); "$(JAVA)" -cp "$$classpath" dev.lastly.chaos.Chaos $(MINUTES) $(JVMS) $(SEED)

RATE ?= 2000
.PHONY: soak
soak: ## steady load with kills: does memory, latency, a file or descriptor grow: MINUTES=5 RATE=2000 (jobs/s)
	$(call TESTS); "$(JAVA)" -cp "$$classpath" dev.lastly.soak.Soak $(MINUTES) $(RATE)

KILLS ?= 100
.PHONY: guardian
guardian: ## kill the only worker beside its guardian, again and again: what is left, how soon, how large: KILLS=100
	$(call TESTS); "$(JAVA)" -Dlastly.basedir=$(CURDIR) -Dlastly.kills=$(KILLS) -cp "$$classpath" \
	  dev.lastly.mutants.FirstFailure GuardianFiguresTest

.PHONY: test-newer-jdk
test-newer-jdk: ## `make test` without campaigns, with the newest JDK below /usr/lib/jvm, in target-newer-jdk: ONLY=Class,…
	@if [ -z "$(NEWER_JAVA_HOME)" ]; then \
	  echo "No JDK newer than 17 below /usr/lib/jvm: nothing was tested." \
	       "Install one, or set NEWER_JAVA_HOME=/path/to/jdk."; \
	else \
	  echo "Building and testing with the JDK in $(NEWER_JAVA_HOME)"; \
	  JAVA_HOME="$(NEWER_JAVA_HOME)" $(MVN) $(MVN_FLAGS) verify -pl src/cli,src/tests -am \
	    -Dlastly.build.directory=target-newer-jdk -Dexcluded.groups=os,crash,faults,fleet,campaign \
	    -Dspotless.check.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -Djacoco.skip=true \
	    -Dspotbugs.skip=true -Derrorprone.plugin=-XDwithoutErrorProne -Dtest.jvm.args=--enable-native-access=ALL-UNNAMED \
	    $(if $(ONLY),-Dtest='$(ONLY)' -Dsurefire.failIfNoSpecifiedTests=false -Dfail.if.no.tests=false); \
	fi

# Which groups of classes to mutate. Some results depend on timing: run nothing else at the same time.
MUTATE ?= codec owner engine
.PHONY: pit
pit: ## mutation testing (PIT), floor 85 % in each group: MUTATE="codec owner engine" (10 min)
	$(BUILD) -pl src/core test-compile
	@missed=""; \
	for group in $(MUTATE); do \
	  echo "Mutating $$group; the report will be src/core/target/pit/$$group/index.html"; \
	  $(MVN) $(MVN_FLAGS) -Ppit -pl src/core -Dspotless.check.skip=true pitest:mutationCoverage@$$group || missed="$$missed $$group"; \
	done; \
	if [ -n "$$missed" ]; then echo "Failed, or below the floor:$$missed" >&2; exit 1; fi

# Builds the class path for the main classes in the tests; $(call TESTS,options of Maven)
TESTS = @mkdir -p target; $(BUILD) $(1) -pl src/tests -am -DskipTests package dependency:build-classpath -DincludeScope=test \
    -Dmdep.outputFile=$(CURDIR)/target/tests.classpath; \
  classpath="src/tests/target/test-classes:$$(cat target/tests.classpath)"

# Measurements, on the jars as users get them. Figures depend on the machine; run nothing else at the same
# time. The databases are in BENCH_DATA, and are removed at the end.
BENCH_DATA ?= target/bench/data
BENCH = mkdir -p $(BENCH_DATA); $(BUILD) -Dmaven.test.skip=true -pl src/bench -am package dependency:build-classpath \
    -DincludeScope=runtime -Dmdep.outputFile=$(CURDIR)/target/bench.classpath; \
  "$(JAVA)" -Djmh.ignoreLock=true -Djava.io.tmpdir=$(abspath $(BENCH_DATA)) \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=error -Djava.util.logging.config.file=/dev/null \
  -cp "src/bench/target/classes:$$(cat target/bench.classpath)" dev.lastly.bench

BUDGET  ?= short
ONLY    ?=
REPORTS ?= $(if $(ONLY)$(filter smoke,$(BUDGET)),target/bench/reports,docs)
.PHONY: bench
bench: ## measure everything, write docs/benchmarks.*: BUDGET=short|full|smoke ONLY=Recovery,Scale (then to target)
	@$(BENCH).Suite $(BUDGET) $(BENCH_DATA) $(REPORTS) $(ONLY)

.PHONY: bench-fleet
bench-fleet: ## measure a fleet beside other tools on a PostgreSQL of its own, print the figures: BUDGET=short|full|smoke
	@src/tests/needs fleet
	@BENCH_DATA=$(abspath $(BENCH_DATA)) src/bench/with-postgres $(MAKE) --no-print-directory bench-fleet-at-port BUDGET=$(BUDGET) BENCH_DATA=$(BENCH_DATA)

.PHONY: bench-fleet-at-port
bench-fleet-at-port:
	@$(BENCH).fleet.FleetBench $(BUDGET) $(BENCH_DATA) $(POSTGRES_PORT)

SIBLINGS ?= 9
KILLS    ?= 100
.PHONY: bench-detection
bench-detection: ## time from kill -9 until an idle worker has run the function: SIBLINGS=9 KILLS=100
	@$(BENCH).process.DetectionBench $(SIBLINGS) $(KILLS)

WORKERS ?= 100
MEASURE ?= 60
.PHONY: bench-idle
bench-idle: ## processor time of idle workers, and of the same JVMs asleep: WORKERS=100 MEASURE=60 (seconds)
	@$(BENCH).process.IdleBench $(WORKERS) $(MEASURE)

ROUNDS ?= 2000
.PHONY: bench-job
bench-job: ## time of a job alone, and beside 1 and 1,000 live owners: ROUNDS=2000
	@$(BENCH).process.JobBench $(ROUNDS)

# SECONDS begin when all runs are recorded and their states found, which takes minutes. IMAGES=n tries n images,
# IMAGES=all every prefix, however long it takes. The same SEED gives the same choices.
SECONDS ?= $(if $(IMAGES),0,60)
.PHONY: power-loss
power-loss: ## cut the power in recorded runs and open the remaining files: SECONDS=60 or IMAGES=n|all, SEED=4
	$(call TESTS); "$(JAVA)" -cp "$$classpath" dev.lastly.disk.PowerLoss $(SECONDS) $(or $(IMAGES),0) $(or $(SEED),4)

# Checks every state of a model of the protocol; needs spin(1).
.PHONY: model
model: ## check the protocol in fuzz/model with Spin, and that Spin finds the seeded errors (1 min)
	@src/tests/needs model
	@fuzz/model/check.sh $(CURDIR)/target/model

# Builds that are broken on purpose, one after the other; a test must fail for each.
.PHONY: mutants
mutants: ## break Lastly with each patch in fuzz/mutants and show which test fails: ONLY=name (15 min)
	$(call TESTS); \
	$(BUILD) -pl src/core dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile=$(CURDIR)/target/core.classpath; \
	fuzz/mutants/check.sh . $(CURDIR)/target/mutants "$$classpath" "$$(cat target/core.classpath)" $(ONLY)

# TARGET is one fuzz target or all, each for SECONDS; INPUT is a kept input to replay.
TARGET  ?= all
INPUT   ?=
.PHONY: fuzz
fuzz: ## coverage-guided fuzzing: SECONDS=60 (each) TARGET=all, or TARGET=name INPUT=file to replay one
	$(call TESTS,-Pfuzz); "$(JAVA)" -cp "$$classpath" dev.lastly.fuzz.Fuzz "$(TARGET)" "$(SECONDS)" $(if $(INPUT),"$(INPUT)")

.PHONY: docs
docs: ## write the generated parts of docs/: the schema reference, the answers for auditors, quoted code, help texts
	$(BUILD) -pl src/tests -am verify -Djacoco.skip=true -Dsurefire.failIfNoSpecifiedTests=false -Dfail.if.no.tests=false \
	  -Dtest='SchemaDocTest,AuditingDocTest,ProtocolDocTest,CookbookDocTest,RecipesDocTest,CliDocTest' -Dlastly.docs.write=true

.PHONY: session
session: ## run the commands of the README again, and draw what they print as docs/session.svg
	$(BUILD) -pl src/tests -am verify -Djacoco.skip=true -Dsurefire.failIfNoSpecifiedTests=false -Dfail.if.no.tests=false \
	  -Dtest=SessionTest -Dlastly.docs.write=true

.PHONY: site
site: ## the documentation as a site with search: target/site/index.html; fails on broken links and code blocks
	@$(BUILD) -Dmaven.test.skip=true -pl src/site package dependency:build-classpath -DincludeScope=runtime \
	  -Dmdep.outputFile=$(CURDIR)/target/site.classpath
	@"$(JAVA)" -cp "src/site/target/classes:$$(cat target/site.classpath)" dev.lastly.site.Site . target/site

.PHONY: format
format: ## format the sources
	$(MVN) -q $(MVN_FLAGS) -N spotless:apply

.PHONY: lock
lock: ## after a change of versions: write dependencies-lock.json of each module, which every build checks
	$(BUILD) -DskipTests -Djacoco.skip=true -DdependencyLock.markIgnoredAsIgnored=true \
	  package se.vandmo:dependency-lock-maven-plugin:lock
	mv src/core/target/dependencies-lock.json src/core # shading has moved the module's base

.PHONY: javadoc
javadoc: ## write the Javadoc to target/reports/apidocs
	$(MVN) -q $(MVN_FLAGS) -pl src/cli -am -DskipTests compile javadoc:aggregate

.PHONY: coverage
coverage: ## run the tests and write the coverage report to src/tests/target/site/jacoco-aggregate
	$(MVN) $(MVN_FLAGS) verify -Dmaven.javadoc.skip=true -Dmaven.source.skip=true
	@echo "See src/tests/target/site/jacoco-aggregate/index.html"

.PHONY: install
install: ## the jars of the library, the test kit and the program, untested, into the local Maven repository
	$(MVN) $(MVN_FLAGS) -DskipTests install

# Installs below DESTDIR if that is set. The archive of loaded classes depends on the path of the jar, so it is
# made again there.
PREFIX  ?= /usr/local
DESTDIR ?=
.PHONY: install-program
install-program: dist ## the program lastly, with its manual page and completion: PREFIX=/usr/local
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/lastly" \
	  "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -m 755 $(DIST)/lastly "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(DIST)/lib/make-archive "$(DESTDIR)$(PREFIX)/lib/lastly"
	install -m 644 -p $(DIST)/lib/lastly-cli.jar "$(DESTDIR)$(PREFIX)/lib/lastly"
	install -m 644 $(DIST)/share/bash-completion/completions/lastly "$(DESTDIR)$(PREFIX)/share/bash-completion/completions"
	install -m 644 $(DIST)/share/man/man1/lastly.1 "$(DESTDIR)$(PREFIX)/share/man/man1"
	"$(DESTDIR)$(PREFIX)/lib/lastly/make-archive"

# dpkg-deb is on every Debian. The archive of classes is made where the package is installed.
VERSION := $(shell sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml)
DEB     := target/lastly_$(VERSION)_all.deb
.PHONY: deb
deb: dist ## a package for Debian: the program, its manual page and completion, a systemd unit; installed once as a test
	rm -rf target/deb
	$(MAKE) --no-print-directory install-program DESTDIR=$(CURDIR)/target/deb PREFIX=/usr > /dev/null
	src/cli/deb/make-deb target/deb "$(VERSION)" $(DEB)
	src/cli/deb/test $(DEB)
	@echo "Built $(DEB)"

.PHONY: release-check
release-check: ## build what a release would deploy, twice, signed with a throw-away key, and check it (6 min)
	@MVN="$(MVN)" src/release-check

BASE ?=
.PHONY: api-check
api-check: ## compare the public API with that of an older commit: is what was compiled against it still right? BASE=commit
	@MVN="$(MVN)" src/api-check $(BASE)

.PHONY: clean
clean: ## remove all build results
	rm -rf target target-newer-jdk target-release* src/*/target src/*/target-newer-jdk src/*/target-release*
