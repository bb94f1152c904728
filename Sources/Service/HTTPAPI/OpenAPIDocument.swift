/// The description of the API (OpenAPI 3.1). Generated from docs/openapi.yaml by scripts/openapi.py.
enum OpenAPIDocument {
    /// The document as JSON.
    static let bytes = Array(Self.text.utf8)

    private static let text = #"""
        {"openapi":"3.1.0","info":{"title":"Terrarium","version":"1","description":"Runs Python tasks in sandboxed pro\#
        cesses. The service listens on a Unix socket; the host in a URL means nothing. docs/http-api.md is the same in\#
         prose. Every response has the header `X-Request-Id`; for a task it is the task's id.\n"},"servers":[{"url":"h\#
        ttp://localhost"}],"paths":{"/v1/run":{"post":{"operationId":"run","summary":"Run a task and wait for its end.\#
        ","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/RunRequ\#
        est"}}}},"responses":{"200":{"description":"The task's outcome, whatever it is. With `Accept: application/x-nd\#
        json` its events, one JSON object a line.\n","content":{"application/json":{"schema":{"$ref":"#/components/sch\#
        emas/RunResponse"}},"application/x-ndjson":{"schema":{"$ref":"#/components/schemas/Event"}}}},"400":{"$ref":"#\#
        /components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$ref":"#/components/re\#
        sponses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"503":{"$ref":"#/components/responses/Prob\#
        lem"}}}},"/v1/check":{"post":{"operationId":"check","summary":"Hold code against the policy; nothing runs.","d\#
        escription":"Takes what `/v1/run` takes, so that a task can be checked as it is. `mode` is what the hints go b\#
        y; `items` and `continue_on_fail` change nothing.\n","requestBody":{"required":true,"content":{"application/js\#
        on":{"schema":{"$ref":"#/components/schemas/RunRequest"}}}},"responses":{"200":{"description":"What the policy\#
         refuses, and advice.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/CheckResponse"}}}\#
        },"400":{"$ref":"#/components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$ref\#
        ":"#/components/responses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"500":{"description":"Th\#
        e check ended without a result, such as when its worker was killed.","content":{"application/problem+json":{"s\#
        chema":{"$ref":"#/components/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"},"504":{"desc\#
        ription":"The check did not finish within `timeout_ms`, or `TASK_TIMEOUT` where that is shorter.","content":{"\#
        application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}}},"/v1/tasks":{"get":{"operati\#
        onId":"listTasks","summary":"The asking user's tasks; for root and the service's user everybody's.","responses\#
        ":{"200":{"description":"Tasks that wait or run.","content":{"application/json":{"schema":{"$ref":"#/component\#
        s/schemas/TaskList"}}}}}}},"/v1/tasks/{id}":{"delete":{"operationId":"cancelTask","summary":"Cancel a task.","\#
        parameters":[{"name":"id","in":"path","required":true,"schema":{"$ref":"#/components/schemas/TaskID"}}],"respo\#
        nses":{"202":{"description":"It is being cancelled; who runs it gets the outcome.","content":{"application/jso\#
        n":{"schema":{"type":"object","required":["id"],"additionalProperties":false,"properties":{"id":{"$ref":"#/com\#
        ponents/schemas/TaskID"}}}}}},"404":{"$ref":"#/components/responses/Problem"}}}},"/v1/history":{"get":{"operat\#
        ionId":"history","summary":"The asking user's tasks that ended last; for root and the service's user those of \#
        all users.","parameters":[{"name":"after","in":"query","description":"Only tasks with a larger number.","schem\#
        a":{"type":"integer","minimum":0,"maximum":18446744073709551615}},{"name":"failed","in":"query","description":\#
        "Only tasks that failed.","schema":{"type":"boolean"}},{"name":"limit","in":"query","description":"The most ta\#
        sks; the newest are returned.","schema":{"type":"integer","minimum":1,"maximum":1000}}],"responses":{"200":{"d\#
        escription":"Oldest first.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/History"}}}}\#
        ,"400":{"$ref":"#/components/responses/Problem"}}}},"/v1/reload":{"post":{"operationId":"reload","summary":"Re\#
        load the configuration, for root and the service's user.","responses":{"200":{"description":"The new settings \#
        are in effect.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Reload"}}}},"403":{"$ref\#
        ":"#/components/responses/Problem"},"422":{"description":"The configuration cannot be used; the old one stays \#
        in force.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"503":{"\#
        $ref":"#/components/responses/Problem"}}}},"/v1/info":{"get":{"operationId":"info","summary":"Versions, policy\#
        , limits, layers of the sandbox, pool.","responses":{"200":{"description":"The service as it is.","content":{"\#
        application/json":{"schema":{"$ref":"#/components/schemas/Info"}}}}}}},"/v1/settings":{"get":{"operationId":"s\#
        ettings","summary":"All settings in force, for root and the service's user.","responses":{"200":{"description"\#
        :"Every setting; the values of secrets are hidden.","content":{"application/json":{"schema":{"$ref":"#/compone\#
        nts/schemas/Settings"}}}},"403":{"$ref":"#/components/responses/Problem"}}}},"/v1/openapi.json":{"get":{"opera\#
        tionId":"openapi","summary":"This document as JSON.","responses":{"200":{"description":"OpenAPI 3.1.","content\#
        ":{"application/json":{"schema":{"type":"object","required":["openapi","info","servers","paths","components"],\#
        "additionalProperties":false,"properties":{"openapi":{"type":"string"},"info":{"type":"object"},"servers":{"ty\#
        pe":"array"},"paths":{"type":"object"},"components":{"type":"object"}}}}}}}}},"/healthz":{"get":{"operationId"\#
        :"health","summary":"Whether the process lives.","responses":{"200":{"$ref":"#/components/responses/State"}}}}\#
        ,"/readyz":{"get":{"operationId":"readiness","summary":"Whether tasks are welcome.","responses":{"200":{"$ref"\#
        :"#/components/responses/State"},"503":{"$ref":"#/components/responses/State"}}}},"/metrics":{"get":{"operatio\#
        nId":"metrics","summary":"Prometheus text.","responses":{"200":{"description":"The text format, version 0.0.4.\#
        ","content":{"text/plain":{"schema":{"type":"string"}}}}}}}},"components":{"responses":{"Problem":{"descriptio\#
        n":"The request was not carried out (RFC 9457).","content":{"application/problem+json":{"schema":{"$ref":"#/co\#
        mponents/schemas/Problem"}}}},"QueueFull":{"description":"The queue is full, or the user has its share of the \#
        connections or of the memory for bodies.","headers":{"Retry-After":{"required":true,"schema":{"type":"integer"\#
        ,"minimum":1}}},"content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"St\#
        ate":{"description":"One word.","content":{"application/json":{"schema":{"type":"object","required":["status"]\#
        ,"additionalProperties":false,"properties":{"status":{"type":"string"}}}}}}},"schemas":{"TaskID":{"type":"stri\#
        ng","pattern":"^[0-9a-f]{32}$"},"Count":{"type":"integer","minimum":0},"Milliseconds":{"type":"number","minimu\#
        m":0},"Mode":{"enum":["all_items","each_item"]},"RunRequest":{"type":"object","required":["code"],"additionalP\#
        roperties":false,"properties":{"code":{"type":"string","minLength":1,"description":"The body of a function."},\#
        "items":{"type":"array","items":{"type":"object","description":"An item; without a `json` key the `json` of on\#
        e."}},"mode":{"$ref":"#/components/schemas/Mode"},"continue_on_fail":{"type":"boolean"},"stream_items":{"type"\#
        :"boolean","description":"With `each_item` and a stream of events, finished items are events and not in the re\#
        sult."},"timeout_ms":{"type":"integer","minimum":1,"description":"TASK_TIMEOUT caps it."},"label":{"type":"str\#
        ing","maxLength":256,"pattern":"^[^\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*\#
        $"}}},"Item":{"type":"object","required":["json"],"properties":{"json":{"type":"object"},"binary":{"type":"obj\#
        ect"},"pairedItem":{}}},"Outcome":{"enum":["succeeded","syntax_error","policy_violation","python_error","inval\#
        id_result","timed_out","cancelled","memory_exceeded","output_exceeded","worker_died"]},"RunResponse":{"type":"\#
        object","required":["id","outcome","logs","logs_truncated","usage"],"additionalProperties":false,"properties":\#
        {"id":{"$ref":"#/components/schemas/TaskID"},"outcome":{"$ref":"#/components/schemas/Outcome"},"items":{"type"\#
        :"array","items":{"$ref":"#/components/schemas/Item"}},"partial_items":{"description":"In each-item mode, the \#
        items that were finished before the failure.","type":"array","items":{"$ref":"#/components/schemas/Item"}},"er\#
        ror":{"$ref":"#/components/schemas/Error"},"logs":{"type":"array","items":{"$ref":"#/components/schemas/LogEnt\#
        ry"}},"logs_truncated":{"type":"boolean"},"usage":{"$ref":"#/components/schemas/Usage"}},"if":{"properties":{"\#
        outcome":{"const":"succeeded"}}},"then":{"required":["items"],"properties":{"error":false,"partial_items":fals\#
        e}},"else":{"required":["error"],"properties":{"items":false}}},"LogEntry":{"type":"object","required":["strea\#
        m","text"],"additionalProperties":false,"properties":{"stream":{"enum":["stdout","stderr"]},"text":{"type":"st\#
        ring"}}},"Usage":{"type":"object","required":["queued_ms","wall_ms","cpu_ms","max_rss_bytes"],"additionalPrope\#
        rties":false,"properties":{"queued_ms":{"$ref":"#/components/schemas/Milliseconds"},"wall_ms":{"$ref":"#/compo\#
        nents/schemas/Milliseconds"},"cpu_ms":{"$ref":"#/components/schemas/Milliseconds"},"max_rss_bytes":{"$ref":"#/\#
        components/schemas/Count"}}},"Error":{"type":"object","required":["message"],"additionalProperties":false,"pro\#
        perties":{"message":{"type":"string"},"type":{"type":"string"},"line":{"type":"integer","minimum":1},"column":\#
        {"type":"integer","minimum":1},"source_line":{"type":"string"},"traceback":{"type":"string"},"item_index":{"$r\#
        ef":"#/components/schemas/Count"},"hint":{"type":"string"},"violations":{"type":"array","items":{"$ref":"#/com\#
        ponents/schemas/Violation"}}}},"Violation":{"type":"object","required":["rule","construct","line","column","me\#
        ssage"],"additionalProperties":false,"properties":{"rule":{"type":"string"},"construct":{"type":"string"},"lin\#
        e":{"type":"integer"},"column":{"type":"integer"},"message":{"type":"string"},"hint":{"type":"string"}}},"Chec\#
        kResponse":{"type":"object","required":["violations","hints"],"additionalProperties":false,"properties":{"viol\#
        ations":{"type":"array","items":{"$ref":"#/components/schemas/Violation"}},"hints":{"type":"array","items":{"t\#
        ype":"object","required":["line","column","construct","message"],"additionalProperties":false,"properties":{"l\#
        ine":{"type":"integer"},"column":{"type":"integer"},"construct":{"type":"string"},"message":{"type":"string"}}\#
        }}}},"Event":{"oneOf":[{"type":"object","required":["event","id"],"additionalProperties":false,"properties":{"\#
        event":{"const":"accepted"},"id":{"$ref":"#/components/schemas/TaskID"}}},{"type":"object","required":["event"\#
        ,"stream","text"],"additionalProperties":false,"properties":{"event":{"const":"log"},"stream":{"enum":["stdout\#
        ","stderr"]},"text":{"type":"string"}}},{"type":"object","required":["event","items"],"additionalProperties":f\#
        alse,"properties":{"event":{"const":"items"},"items":{"type":"array","items":{"$ref":"#/components/schemas/Ite\#
        m"}}}},{"type":"object","required":["event","done","total"],"additionalProperties":false,"properties":{"event"\#
        :{"const":"progress"},"done":{"$ref":"#/components/schemas/Count"},"total":{"$ref":"#/components/schemas/Count\#
        "}}},{"type":"object","required":["event","id","outcome","logs_truncated","usage"],"additionalProperties":fals\#
        e,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"outcome":{"$ref":"#/components/schemas/Outcome"},\#
        "items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},"partial_items":{"description":"In each-\#
        item mode, the items that were finished before the failure.","type":"array","items":{"$ref":"#/components/sche\#
        mas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"logs":{"type":"array","items":{"$ref":"#/components\#
        /schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"usage":{"$ref":"#/components/schemas/Usage"},"event"\#
        :{"const":"result"}}}]},"TaskList":{"type":"object","required":["tasks"],"additionalProperties":false,"propert\#
        ies":{"tasks":{"type":"array","items":{"type":"object","required":["id","label","state","mode","peer_uid","age\#
        _ms"],"additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"label":{"type":[\#
        "string","null"]},"state":{"enum":["queued","running"]},"mode":{"$ref":"#/components/schemas/Mode"},"peer_uid"\#
        :{"$ref":"#/components/schemas/Count"},"age_ms":{"$ref":"#/components/schemas/Milliseconds"},"cpu_ms":{"descri\#
        ption":"The processor time so far of a task that runs, where the kernel tells.","allOf":[{"$ref":"#/components\#
        /schemas/Milliseconds"}]},"rss_bytes":{"description":"The resident memory of a task that runs, where the kerne\#
        l tells.","allOf":[{"$ref":"#/components/schemas/Count"}]}}}}}},"Info":{"type":"object","required":["version",\#
        "python_version","policy","limits","sandbox","pool","load"],"additionalProperties":false,"properties":{"versio\#
        n":{"type":"string"},"python_version":{"type":["string","null"]},"policy":{"type":"object","required":["revisi\#
        on","stdlib_allow","external_allow","builtins_deny"],"additionalProperties":false,"properties":{"revision":{"t\#
        ype":"string","description":"Equal for equal policies and limits."},"stdlib_allow":{"$ref":"#/components/schem\#
        as/Names"},"external_allow":{"$ref":"#/components/schemas/Names"},"builtins_deny":{"$ref":"#/components/schema\#
        s/Names"}}},"limits":{"type":"object","required":["max_concurrency","max_concurrency_per_user","queue_limit","\#
        max_payload_bytes","task_timeout_ms","memory_bytes","cpu_ms","output_bytes","log_bytes","nesting"],"additional\#
        Properties":{"$ref":"#/components/schemas/Milliseconds"}},"sandbox":{"type":"object","required":["mode","layer\#
        s"],"additionalProperties":false,"properties":{"mode":{"enum":["auto","strict"]},"layers":{"type":"array","ite\#
        ms":{"type":"object","required":["name","active","detail"],"additionalProperties":false,"properties":{"name":{\#
        "type":"string"},"active":{"type":"boolean"},"detail":{"type":"string"}}}}}},"pool":{"type":"object","required\#
        ":["ready","warm_workers","starting_workers","running_workers","fork_servers"],"properties":{"ready":{"type":"\#
        boolean"},"warm_workers":{"$ref":"#/components/schemas/Count"},"starting_workers":{"$ref":"#/components/schema\#
        s/Count"},"running_workers":{"$ref":"#/components/schemas/Count"},"fork_servers":{"$ref":"#/components/schemas\#
        /Count"}}},"load":{"type":"object","required":["ready","uptime_ms","running","waiting","n8n"],"additionalPrope\#
        rties":false,"properties":{"ready":{"type":"boolean","description":"Whether tasks are accepted."},"uptime_ms":\#
        {"$ref":"#/components/schemas/Milliseconds"},"running":{"type":"integer","minimum":0,"description":"Tasks of a\#
        ll users that run."},"waiting":{"type":"integer","minimum":0,"description":"Tasks of all users that wait for a\#
         slot."},"n8n":{"type":["object","null"],"required":["connected","registered","tasks"],"additionalProperties":\#
        false,"properties":{"connected":{"type":"boolean"},"registered":{"type":"boolean","description":"Whether the t\#
        ask broker may send tasks."},"tasks":{"$ref":"#/components/schemas/Count"}}}}}}},"History":{"type":"object","r\#
        equired":["tasks","last"],"additionalProperties":false,"properties":{"tasks":{"type":"array","items":{"type":"\#
        object","required":["number","id","label","mode","peer_uid","outcome","ended_at_ms","usage"],"additionalProper\#
        ties":false,"properties":{"number":{"type":"integer","minimum":1,"description":"Counts the tasks that ended si\#
        nce the service started."},"id":{"$ref":"#/components/schemas/TaskID"},"label":{"type":["string","null"]},"mod\#
        e":{"$ref":"#/components/schemas/Mode"},"peer_uid":{"$ref":"#/components/schemas/Count"},"outcome":{"$ref":"#/\#
        components/schemas/Outcome"},"ended_at_ms":{"type":"integer","description":"Since 1970."},"usage":{"$ref":"#/c\#
        omponents/schemas/Usage"},"error":{"type":"object","required":["message"],"additionalProperties":false,"proper\#
        ties":{"message":{"type":"string","description":"The first line","at most 500 bytes.":null},"type":{"type":"st\#
        ring"},"line":{"type":"integer","minimum":1},"item_index":{"$ref":"#/components/schemas/Count"}}}}}},"last":{"\#
        $ref":"#/components/schemas/Count"}}},"Reload":{"type":"object","required":["changed","waiting_for_restart","o\#
        verridden_by_environment","policy_revision"],"additionalProperties":false,"properties":{"changed":{"$ref":"#/c\#
        omponents/schemas/Names"},"waiting_for_restart":{"$ref":"#/components/schemas/Names"},"overridden_by_environme\#
        nt":{"$ref":"#/components/schemas/Names"},"policy_revision":{"type":"string"}}},"Settings":{"type":"object","r\#
        equired":["settings"],"additionalProperties":false,"properties":{"settings":{"type":"array","items":{"type":"o\#
        bject","required":["setting","value","from"],"additionalProperties":false,"properties":{"setting":{"type":"str\#
        ing","description":"The name of the variable."},"value":{"type":"string"},"from":{"type":"string","description\#
        ":"default, environment, or the file and its line."}}}}}},"Names":{"type":"array","items":{"type":"string"}},"\#
        Problem":{"type":"object","required":["type","title","status","detail"],"additionalProperties":false,"properti\#
        es":{"type":{"type":"string","pattern":"^urn:terrarium:problem:"},"title":{"type":"string"},"status":{"type":"\#
        integer"},"detail":{"type":"string"},"field":{"type":"string"},"element":{"$ref":"#/components/schemas/Count"}\#
        ,"offset":{"$ref":"#/components/schemas/Count"}}}}}}

        """#
}
