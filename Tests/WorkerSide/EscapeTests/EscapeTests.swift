import Foundation
import TestSupport
import Testing

/// Some five hundred programs that try to get out. In every real module of the standard library stands a sentinel that a
/// program which got out can call; the flag it sets is read outside of Python.
@Suite struct EscapeTests {
    @Test func noAttackReachesTheSentinelUnderTheDefaultPolicy() async throws {
        let secrets = try ScratchFolder()
        let cases = try EscapeSuite.cases(secrets: secrets).filter { $0.settings["policy"] == nil }
        #expect(cases.count >= 450)
        let outcomes = try await EscapeSuite.run(cases, PolicyRunner())
        for job in cases {
            let outcome = try #require(outcomes[job.name])
            #expect(!outcome.hasEscaped, "\(job.name): \(outcome.log)")
            #expect(outcome.outcome != "worker_died", "\(job.name) crashed")
        }
    }

    /// The second line alone: the guards hold without the first.
    @Test func noAttackReachesTheSentinelPastTheStaticCheck() async throws {
        let secrets = try ScratchFolder()
        let cases = try EscapeSuite.cases(secrets: secrets).filter { $0.settings["policy"] == nil }
            .map(EscapeSuite.pastTheCheck)
        var runner = PolicyRunner()
        runner.deny = PolicyRunner.defaultDeny.replacing("exec,", with: "")
        let outcomes = try await EscapeSuite.run(cases, runner)
        for job in cases {
            let outcome = try #require(outcomes[job.name])
            #expect(!outcome.hasEscaped, "\(job.name): \(outcome.log)")
            #expect(outcome.outcome != "worker_died", "\(job.name) crashed")
        }
    }

    /// The control: with the guards off the same programs do get out, but for those that say why not.
    @Test func theSameAttacksSucceedWithoutTheGuards() async throws {
        let secrets = try ScratchFolder()
        let cases = try EscapeSuite.cases(secrets: secrets).map { job in
            var job = job
            job.settings["stdlib"] = nil
            return job
        }
        let outcomes = try await PolicyRunner.open.run(cases)
        var silent = 0
        for job in cases {
            let outcome = try #require(outcomes[job.name])
            if job.hasControl {
                #expect(outcome.hasEscaped, "\(job.name) proves nothing: \(outcome.message)")
            } else {
                silent += 1
            }
        }
        #expect(silent < cases.count / 8)
    }

    /// A task that follows every attribute of every module it may import finds no real module, and nothing that opens,
    /// imports or evaluates. With the guards off it finds them at once.
    @Test func nothingReachableFromAnyViewLeadsOut() async throws {
        let crawl = try String(contentsOfFile: "\(EscapeSuite.folder)/../crawl.txt", encoding: .utf8)
        let job = PolicyCase(name: "crawl", settings: [:], code: crawl)
        let guarded = try #require(try await PolicyRunner().run([job])["crawl"])
        #expect(guarded.items == #"[{"json":{"found":[]}}]"#, "\(guarded.message)")
        let open = try #require(try await PolicyRunner.open.run([job])["crawl"])
        #expect(open.items.contains("module at "), "\(open.message)")
    }

    /// What one task changes, no other sees: each has a process of its own.
    @Test func whatATaskPoisonsStaysInItsProcess() async throws {
        let poisons = [
            "import json\njson.dumps = None",
            "import json\njson.JSONEncoder.encode = lambda *a: 'x'",
            "import random\nrandom.seed(1)",
            "import decimal\ndecimal.getcontext().prec = 1",
            "import collections\ncollections.Counter.most_common = None",
            "import warnings\nwarnings.filterwarnings('error')",
            "import re\nre.purge()\nre.compile = None",
            "import string\nstring.Formatter.get_field = None",
            "import datetime, enum\nenum.Enum.name = 1",
            "import contextlib, io\ncontextlib.redirect_stdout(io.StringIO()).__enter__()",
        ]
        let probe = """
            import json, decimal, collections, warnings, re, string, enum
            class E(enum.Enum): A = 1
            assert json.dumps([1]) == "[1]" and json.JSONEncoder().encode(1) == "1" and decimal.getcontext().prec == 28
            assert collections.Counter("a").most_common() and re.compile("a") and E.A.name == "A"
            assert string.Formatter().format("{0}", 1) == "1"
            print("clean")
            """
        var cases: [PolicyCase] = []
        for (index, poison) in poisons.enumerated() {
            cases.append(PolicyCase(name: "poison\(index)", settings: [:], code: poison + "\n"))
            cases.append(PolicyCase(name: "probe\(index)", settings: [:], code: probe + "\n"))
        }
        let outcomes = try await PolicyRunner().run(cases)
        for index in poisons.indices {
            #expect(outcomes["probe\(index)"]?.log == "clean\n", "\(poisons[index])")
        }
        // The poison works: in the same process the probe does notice.
        let both = PolicyCase(name: "both", settings: [:], code: poisons[0] + "\n" + probe + "\n")
        #expect(try await PolicyRunner().run([both])["both"]?.outcome == "python_error")
    }

    @Test(.enabled(if: PolicyRunner.packages != nil, "numpy and pandas are not installed for the tests"))
    func numpyAndPandasHandNothingOut() async throws {
        let secrets = try ScratchFolder()
        _ = try secrets.file("secret.txt", PolicyRunner.secret + "\n")
        let prelude = try String(contentsOfFile: "\(EscapeSuite.folder)/prelude.py", encoding: .utf8)
        let text = try String(contentsOfFile: "\(EscapeSuite.folder)/../packages.txt", encoding: .utf8)
        var cases: [PolicyCase] = []
        for (index, code) in text.components(separatedBy: "\n---\n").enumerated() {
            let code = code.replacingOccurrences(of: "{SECRET}", with: "\(secrets.path)/secret.txt")
            cases.append(PolicyCase(name: "package\(index)", settings: [:], code: prelude + code + "\n"))
        }
        var runner = PolicyRunner()
        runner.external = "numpy,pandas"
        runner.sitePackages = PolicyRunner.packages ?? ""
        runner.preload += ",numpy,pandas"
        let outcomes = try await runner.run(cases)
        for job in cases {
            let outcome = try #require(outcomes[job.name])
            #expect(!outcome.hasEscaped, "\(job.code.suffix(200)): \(outcome.log)")
        }
    }

    /// What a package evaluates has a task's built-ins and sees no real module, and functions that import what they are
    /// told to are not for tasks. The control: with the guards off each of these gets out.
    @Test(.enabled(if: PolicyRunner.packages != nil, "numpy and pandas are not installed for the tests"))
    func packagesRunNoTextAndImportNoModuleOnATasksBehalf() async throws {
        let secrets = try ScratchFolder()
        let secret = try secrets.file("secret.txt", PolicyRunner.secret + "\n")
        let prelude = try String(contentsOfFile: "\(EscapeSuite.folder)/prelude.py", encoding: .utf8)
        let run = "from numpy.testing import runstring\nd = {}\n"
        let attacks = [
            run + "runstring(\"m = __import__('sys')\", d)\npwn(d['m'])",
            run + "runstring('import json', d)\npwn(d['json'].codecs.sys)",
            run + "runstring('o = open', d)\npwn_text(d['o']('\(secret)').read())",
            run + "runstring('e = eval', d)\npwn(d['e'](\"__import__('sys')\"))",
            run + "import numpy.lib\nd['f'] = numpy.lib\nrunstring('m = f._utils_impl.sys', d)\npwn(d['m'])",
            "from pandas.compat._optional import import_optional_dependency as i\npwn(i('sys'))",
            "import pandas as pd\npwn(pd.io.parquet.import_optional_dependency('sys'))",
            "import numpy.lib._utils_impl as u\npwn(u._makenamedict('sys')[0]['sys'])",
            "import numpy.core\npwn(numpy.core._ufunc_reconstruct('os', 'sys'))",
        ]
        let cases = attacks.indices.map { index in
            PolicyCase(name: "attack\(index)", settings: [:], code: prelude + attacks[index] + "\n")
        }
        var runner = PolicyRunner()
        runner.external = "numpy,numpy.testing,pandas"
        runner.sitePackages = PolicyRunner.packages ?? ""
        runner.preload += ",numpy,pandas"
        var open = PolicyRunner.open
        open.sitePackages = runner.sitePackages
        let guarded = try await runner.run(cases)
        let unguarded = try await open.run(cases)
        for (job, attack) in zip(cases, attacks) {
            #expect(try !#require(guarded[job.name]).hasEscaped, "\(attack)")
            #expect(try #require(unguarded[job.name]).hasEscaped, "\(attack): \(unguarded[job.name]?.message ?? "")")
        }
    }
}
