"""One round through each service with boto3, and one with the AWS CLI, as people would look at a host."""

import io
import json
import os
import subprocess
import time
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def client(service):
    # Sync executions have a host name of their own on AWS.
    return boto3.client(service, config=Config(inject_host_prefix=False))


def aws(*arguments):
    """The JSON that the AWS CLI prints. Its first version takes SQS's address from the flag only."""
    command = ["aws", "--endpoint-url", os.environ["AWS_ENDPOINT_URL"], "--output", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def eventually(check, seconds=120):
    for end in (time.time() + seconds,):
        while time.time() < end:
            found = check()
            if found:
                return found
            time.sleep(0.2)
    raise AssertionError("it did not come")


@pytest.fixture(scope="session")
def bucket():
    return client("s3").list_buckets()["Buckets"][0]["Name"]


@pytest.fixture(scope="session")
def functions():
    return [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]]


class TestBoto3:
    def test_s3(self, bucket):
        s3 = client("s3")
        body = b"x" * 20_000_000
        # Above eight megabytes boto3 sends parts, several at a time.
        s3.upload_fileobj(io.BytesIO(body), bucket, "lane/large", ExtraArgs={"Metadata": {"a": "b"}})
        target = io.BytesIO()
        s3.download_fileobj(bucket, "lane/large", target)
        assert target.getvalue() == body
        assert s3.head_object(Bucket=bucket, Key="lane/large")["Metadata"] == {"a": "b"}
        s3.put_object(Bucket=bucket, Key="lane/small", Body=b"{}", ChecksumAlgorithm="SHA256")
        found = s3.get_object(Bucket=bucket, Key="lane/small", ChecksumMode="ENABLED")
        assert found["Body"].read() == b"{}" and found["ChecksumSHA256"]
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix="lane/", PaginationConfig={"PageSize": 1}
        )
        assert [one["Key"] for page in pages for one in page["Contents"]] == ["lane/large", "lane/small"]
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3.put_object(Bucket=bucket, Key="lane/small", Body=b"", IfNoneMatch="*")
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket=bucket, Key="lane/none")

    def test_sns(self):
        sns, sqs = client("sns"), client("sqs")
        name = unique("lane")
        topic = sns.create_topic(Name=name)["TopicArn"]
        assert topic in [one["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]]
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        subscription = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue,
            ReturnSubscriptionArn=True,
            Attributes={"FilterPolicy": json.dumps({"to": ["ana"], "n": [{"numeric": [">", 1]}]})},
        )["SubscriptionArn"]
        [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert (listed["SubscriptionArn"], listed["Endpoint"]) == (subscription, queue)

        def publish(text, to, n):
            return sns.publish(
                TopicArn=topic,
                Subject="S",
                Message=json.dumps({"default": text, "sqs": f"{text} for queues"}),
                MessageStructure="json",
                MessageAttributes={
                    "to": {"DataType": "String.Array", "StringValue": json.dumps(to)},
                    "n": {"DataType": "Number", "StringValue": str(n)},
                    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
                },
            )["MessageId"]

        publish("not for ana", ["ben"], 2)
        publish("too small", ["ana"], 1)
        sent = publish("über <all>", ["ben", "ana"], 2)
        [received] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)["Messages"]
        body = json.loads(received["Body"])
        assert (body["MessageId"], body["Message"], body["Subject"]) == (sent, "über <all> for queues", "S")
        assert body["MessageAttributes"]["raw"] == {"Type": "Binary", "Value": "AP8="}
        sns.unsubscribe(SubscriptionArn=subscription)
        assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
        with pytest.raises(sns.exceptions.NotFoundException):
            sns.publish(TopicArn=topic + "x", Message="m")
        with pytest.raises(sns.exceptions.InvalidParameterException):
            sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")

    def test_sqs(self):
        sqs = client("sqs")
        url = sqs.create_queue(QueueName=unique("lane"), Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
        entries = [{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)]
        assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
        assert sorted(one["Body"] for one in received) == [f"m{i}" for i in range(10)]
        for one in received[:9]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        again = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )["Messages"]
        assert again[0]["Body"] == received[9]["Body"]
        assert again[0]["Attributes"] == {"ApproximateReceiveCount": "2"}

    def test_dynamodb(self):
        dynamodb = boto3.resource("dynamodb")
        names = [table.name for table in dynamodb.tables.all()]
        table = dynamodb.Table(next(name for name in names if name.endswith("platform")))
        key = {"pk": unique("LANE"), "sk": "META"}
        table.put_item(Item={**key, "n": 1}, ConditionExpression="attribute_not_exists(pk)")
        changed = table.update_item(
            Key=key,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": 41},
            ReturnValues="ALL_NEW",
        )
        assert changed["Attributes"]["n"] == 42
        with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
            table.put_item(Item=key, ConditionExpression="attribute_not_exists(pk)")
        table.delete_item(Key=key)
        assert "Item" not in table.get_item(Key=key)

    def test_events(self):
        events = client("events")
        bus = next(one["Name"] for one in events.list_event_buses()["EventBuses"] if one["Name"] != "default")
        assert events.list_rules(EventBusName=bus)["Rules"]
        entry = {"Source": "lane", "DetailType": "Happened", "Detail": "{}", "EventBusName": bus}
        answer = events.put_events(Entries=[entry, {**entry, "Detail": "no JSON"}])
        assert answer["FailedEntryCount"] == 1
        assert answer["Entries"][1]["ErrorCode"] == "MalformedDetail"
        assert events.test_event_pattern(
            EventPattern='{"detail":{"n":[{"numeric":[">",1]}]}}',
            Event=json.dumps(
                {
                    "id": "1",
                    "account": "000000000000",
                    "source": "lane",
                    "time": "2026-01-01T00:00:00Z",
                    "region": "us-east-1",
                    "resources": [],
                    "detail-type": "Happened",
                    "detail": {"n": 2},
                }
            ),
        )["Result"]

    def test_scheduler(self):
        scheduler, sqs = client("scheduler"), client("sqs")
        name = unique("lane")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 2))
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=f"at({at})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": '{"a":1}'},
        )
        assert scheduler.get_schedule(Name=name)["ScheduleExpression"] == f"at({at})"
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        assert received[0]["Body"] == '{"a":1}'
        with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
            scheduler.get_schedule(Name=name)

    def test_lambda(self, functions):
        lambda_ = client("lambda")
        name = next(one for one in functions if one.endswith("-registry"))
        assert lambda_.get_function(FunctionName=name)["Configuration"]["Runtime"].startswith("nodejs")
        answer = lambda_.invoke(FunctionName=name, Payload=b"{}")
        assert answer["StatusCode"] == 200 and json.load(answer["Payload"])
        assert lambda_.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
        with pytest.raises(lambda_.exceptions.ResourceNotFoundException):
            lambda_.invoke(FunctionName="none")

    def test_stepfunctions(self):
        states = client("stepfunctions")
        machine = next(
            one["stateMachineArn"]
            for one in states.list_state_machines()["stateMachines"]
            if one["name"].endswith("validate")
        )
        assert json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])["StartAt"]
        name = unique("lane")
        arn = states.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]
        ended = eventually(
            lambda: (one := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and one
        )
        assert ended["status"] in ("FAILED", "SUCCEEDED")
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
        types = [event["type"] for page in pages for event in page["events"]]
        assert types[0] == "ExecutionStarted" and types[-1].startswith("Execution")
        with pytest.raises(states.exceptions.ExecutionAlreadyExists):
            states.start_execution(stateMachineArn=machine, name=name, input='{"other":1}')

    def test_sagemaker(self):
        sagemaker = client("sagemaker")
        assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
        with pytest.raises(ClientError, match="Requested resource not found"):
            sagemaker.describe_training_job(TrainingJobName="none")

    def test_sagemaker_endpoints_and_what_scales_them(self):
        sagemaker, scaling, cloudwatch = client("sagemaker"), client("application-autoscaling"), client("cloudwatch")
        name = unique("lane")
        with pytest.raises(ClientError, match="Could not find"):
            sagemaker.describe_endpoint(EndpointName=name)
        with pytest.raises(ClientError, match="Endpoint"):
            client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"{}")
        resource = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{name}/variant/all",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        scaling.register_scalable_target(**resource, MinCapacity=0, MaxCapacity=2)
        step = {
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        }
        policy = scaling.put_scaling_policy(
            PolicyName=name, PolicyType="StepScaling", StepScalingPolicyConfiguration=step, **resource
        )["PolicyARN"]
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmActions=[policy],
            Namespace="AWS/SageMaker",
            MetricName="HasBacklogWithoutCapacity",
            Dimensions=[{"Name": "EndpointName", "Value": name}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
        [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        assert (alarm["AlarmActions"], alarm["StateValue"]) == ([policy], "INSUFFICIENT_DATA")
        [shown] = aws("cloudwatch", "describe-alarms", "--alarm-names", name)["MetricAlarms"]
        assert shown["AlarmName"] == name
        with pytest.raises(ClientError, match="ValidationError"):
            cloudwatch.put_metric_alarm(AlarmName=name, EvaluationPeriods=1, ComparisonOperator="LessThanThreshold")
        with pytest.raises(ClientError, match="ListMetrics is not implemented"):
            cloudwatch.list_metrics()
        cloudwatch.delete_alarms(AlarmNames=[name])
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []
        scaling.deregister_scalable_target(**resource)
        listed = aws("application-autoscaling", "describe-scalable-targets", "--service-namespace", "sagemaker")
        assert listed["ScalableTargets"] == []

    def test_what_is_not_there_is_refused_by_name(self):
        with pytest.raises(ClientError) as refused:
            client("sqs").list_queue_tags(QueueUrl="http://127.0.0.1/000000000000/none")
        assert "ListQueueTags" in str(refused.value)
        with pytest.raises(ClientError, match="No service here is called 'iam'"):
            client("iam").list_users()
        with pytest.raises(ClientError, match="ConfirmSubscription is not implemented"):
            client("sns").confirm_subscription(TopicArn="arn:aws:sns:us-east-1:000000000000:t", Token="t")
        with pytest.raises(ClientError, match="No service here is called 'kinesis'"):
            client("kinesis").list_streams()


class TestCommandLine:
    def test_s3(self, bucket, tmp_path):
        folder = tmp_path / "folder"
        (folder / "deep").mkdir(parents=True)
        (folder / "a.txt").write_text("a")
        (folder / "deep" / "b.bin").write_bytes(b"b" * 9_000_000)
        copy = ["aws", "s3", "sync", "--only-show-errors"]
        subprocess.run([*copy, str(folder), f"s3://{bucket}/cli"], check=True, timeout=600)
        subprocess.run([*copy, f"s3://{bucket}/cli", str(tmp_path / "back")], check=True, timeout=600)
        assert (tmp_path / "back" / "deep" / "b.bin").read_bytes() == b"b" * 9_000_000
        subprocess.run(["aws", "s3", "rm", "--quiet", "--recursive", f"s3://{bucket}/cli"], check=True, timeout=600)
        assert aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "cli/").get("Contents") is None

    @pytest.mark.parametrize(
        "arguments",
        [
            ("sns", "list-topics"),
            ("sqs", "list-queues"),
            ("events", "list-event-buses"),
            ("scheduler", "list-schedules"),
            ("stepfunctions", "list-state-machines"),
            ("lambda", "list-functions"),
            ("dynamodb", "list-tables"),
            ("sagemaker", "list-training-jobs"),
        ],
    )
    def test_lists(self, arguments):
        (found,) = [value for value in aws(*arguments).values() if isinstance(value, list)]
        assert found or arguments[0] in ("scheduler", "sagemaker")
